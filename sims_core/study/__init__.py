"""Blind studies with human raters: pictures -> a page with questions, and answers -> preferences with intervals.

May import: base, scenes, formats, drawing, evaluation.
"""
