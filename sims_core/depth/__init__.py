"""Depth of every scene: the sensor's, or an estimate."""
