"""Layouts and the memory bank to ranked candidates, exact."""
