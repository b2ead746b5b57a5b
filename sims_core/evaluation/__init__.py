"""Figures with their protocol: measures, instruments, and the scoring of runs and folders.

May import: base, scenes, formats, networks, drawing, layouts, composition.
"""
