"""Anybody's photos and label maps to scenes; checks and first set-up of a folder.

May import: base, scenes, drawing.
"""
