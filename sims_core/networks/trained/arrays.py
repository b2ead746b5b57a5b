"""Arrays at the size of a trained network: pictures, label maps and windows to batches of tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sims_core.base.pictures import resize_nearest, resize_photo
from sims_core.networks.saved import ModelCard

# Segments that a network sees at once: bounds the memory, whatever their number.
BATCH_SIZE = 16
# Pixels of whole pictures that a network sees at once: eight of 256 x 512, for which a U-Net of the demo's width takes
# less than a gigabyte.
_MOST_PIXELS = 2**20


def parts(num_items: int, size: int = BATCH_SIZE) -> Iterator[slice]:
    """Yield slices that cover `num_items` items, `size` at a time."""
    return (slice(start, start + size) for start in range(0, num_items, size))


def picture_parts(num_pictures: int, card: ModelCard) -> Iterator[slice]:
    """Yield slices that cover pictures at the card's size, one or more at a time, as their pixels allow."""
    return parts(num_pictures, max(1, _MOST_PIXELS // (card.height_px * card.width_px)))


def photos_at_size(pictures: Iterable[NDArray[np.uint8]], card: ModelCard) -> Tensor:
    """Return pictures, (H, W, 3) uint8 RGB, as (N, height, width, 3) uint8 at the size that the card states."""
    resized = np.stack([resize_photo(picture, card.height_px, card.width_px) for picture in pictures])
    return torch.from_numpy(np.ascontiguousarray(resized))


def labels_at_size(arrays: Iterable[NDArray[Any]], card: ModelCard) -> Tensor:
    """Return labels or masks, (H, W), as (N, height, width) at the card's size, resized to the nearest."""
    return torch.from_numpy(np.stack([resize_nearest(array, card.height_px, card.width_px) for array in arrays]))
