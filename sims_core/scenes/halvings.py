"""A picture's size -> how often the picture can be halved."""

from __future__ import annotations

from collections.abc import Sequence


def most_halvings(size: Sequence[int]) -> int:
    """Return how often a picture of (height, width) can be halved until its shorter side is one pixel."""
    return min(size).bit_length() - 1
