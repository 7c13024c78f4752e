"""The visitor who is led."""
