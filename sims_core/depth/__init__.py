"""Depth of every scene: the sensor's, or an estimate.

May import: base, scenes, formats, networks.
"""
