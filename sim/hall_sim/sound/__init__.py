"""What is heard in the hall."""
