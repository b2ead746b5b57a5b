"""Segments to canvas: aligned, ordered, borders elided, pasted; the same rules for training and test.

May import: base, scenes, formats.
"""
