"""Training photos to pairs and canvases whose right answer is known.

May import: base, scenes, formats, retrieval, composition.
"""
