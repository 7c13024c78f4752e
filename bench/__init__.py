"""Benchmarks: each prints tables with ratios against a peer measured in the same run."""
