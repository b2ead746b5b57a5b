"""Rendered street scenes with exact labels, instances and depth, embedded in the package."""
