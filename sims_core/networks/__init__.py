"""Network architectures, saved weights, and trained networks as functions of arrays.

May import: base, scenes.
"""
