"""Figures and pictures of finished runs as pages.

May import: base, formats, networks, drawing, evaluation, composition.
"""
