"""Holding, stepping and changing a run from outside."""
