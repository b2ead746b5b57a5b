"""Layouts and the memory bank to ranked candidates, exact.

May import: base, scenes, formats, bank.
"""
