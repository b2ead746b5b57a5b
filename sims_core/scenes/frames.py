"""The middle of a picture: the largest part that has the proportions asked for."""

from __future__ import annotations


def centre_window(height_px: int, width_px: int, aspect: float) -> tuple[slice, slice]:
    """Return the largest centred window whose height / width is `aspect`."""
    new_height = min(height_px, max(1, round(width_px * aspect)))
    new_width = min(width_px, max(1, round(height_px / aspect)))
    return centred(height_px, new_height), centred(width_px, new_width)


def centred(length_px: int, new_length_px: int) -> slice:
    """Return the middle `new_length_px` of an axis."""
    first = (length_px - new_length_px) // 2
    return slice(first, first + new_length_px)
