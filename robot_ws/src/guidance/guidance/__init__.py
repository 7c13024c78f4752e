"""Leading a person, bring-up, recording, and the guide command line."""
