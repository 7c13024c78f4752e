"""Run a scenario on the real graph and show it: the runner, the observer, the live view, the picture, the report."""
