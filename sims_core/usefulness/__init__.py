"""Labelled datasets made of layouts, and what they are worth to a network that is trained on them.

May import: base, scenes, formats, networks, composition, datasets, layouts, synthesis, training, evaluation.
"""
