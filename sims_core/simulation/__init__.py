"""Training photos to pairs and canvases whose right answer is known."""
