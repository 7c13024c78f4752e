"""Runs in one process, and what is told of them."""
