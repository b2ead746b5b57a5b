"""One module per artifact below data/: its schema, how it is written, read and checked.

May import: base, scenes.
"""
