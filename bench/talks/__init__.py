"""Visitors who are made up, in talks with the real conversation; see `python -m bench.talks --help`."""
