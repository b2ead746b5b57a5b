"""Label maps that people paint: read, translated, made coarse, exported.

May import: base, scenes, formats, datasets.
"""
