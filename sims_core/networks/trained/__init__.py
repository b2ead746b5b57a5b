"""Trained networks, NumPy in and out. Inputs are resized to the training size, outputs back to the input's size."""
