"""Hearing, speaking, understanding, and the conversation."""
