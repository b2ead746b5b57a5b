"""The vocabulary of the project: class tables, label maps, segments, boxes, masks, affine maps, depth maps.

May import: base.
"""
