"""FreeMask's filter: pixels of made pictures that a network trained on real photos finds too hard are left out.

Yang et al., "FreeMask: Synthetic Images with Dense Annotations Make Stronger Segmentation Models", NeurIPS 2023: a
pixel whose loss exceeds 1.25 times the mean loss of its category, over all made pictures, is not learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.files import atomic_folder
from sims_core.base.pictures import encode_png
from sims_core.networks.trained.segmenter import SegmenterPredictor
from sims_core.scenes.classes import VOID
from sims_core.usefulness.examples import MadePicture, read_made

TOLERANCE = 1.25
FILTER_RULE = (
    f"left out of the training: pixels of made pictures whose cross-entropy exceeds {TOLERANCE} times the mean of "
    "their category over all pictures of the arm, by the network of the same seed that real photos alone trained "
    "(FreeMask, NeurIPS 2023)"
)
_Losses = Iterator[tuple[MadePicture, NDArray[np.uint8], NDArray[np.float32]]]


def filter_pictures(
    pictures: Sequence[MadePicture], judge: SegmenterPredictor, scenes: Path, folder: Path
) -> tuple[list[MadePicture], float]:
    """Write label maps without the pixels that are too hard, and return the pictures with these.

    Args:
        pictures: What is to be filtered.
        judge: Trained on real photos alone.
        scenes: Folder of the scenes, for the class table.
        folder: Receives the label maps; replaced.

    Returns:
        The pictures, and the share of labelled pixels that was left out.
    """
    sums, counts = np.zeros(256), np.zeros(256)
    for _, labels, losses in _losses(pictures, judge, scenes):
        sums += np.bincount(labels.ravel(), weights=losses.ravel(), minlength=256)
        counts += np.bincount(labels.ravel(), minlength=256)
    limits = TOLERANCE * sums / np.maximum(counts, 1)
    filtered, num_dropped = [], 0
    with atomic_folder(folder) as temporary:
        for number, (picture, labels, losses) in enumerate(_losses(pictures, judge, scenes)):
            hard = too_hard(labels, losses, limits)
            num_dropped += int(hard.sum())
            name = f"{number:06d}.png"
            (temporary / name).write_bytes(encode_png(np.where(hard, np.uint8(VOID), labels)))
            filtered.append(replace(picture, labels=folder / name))
    return filtered, num_dropped / max(1.0, counts[:VOID].sum())


def too_hard(labels: NDArray[np.uint8], losses: NDArray[np.float32], limits: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return (H, W) bool: labelled pixels whose loss is above the limit of their category, (256,) float64."""
    return np.asarray((labels != VOID) & (losses > limits[labels]))


def _losses(pictures: Sequence[MadePicture], judge: SegmenterPredictor, scenes: Path) -> _Losses:
    """Yield each picture with its labels and the (H, W) loss of each pixel, 0 where it is void."""
    for picture in pictures:
        photo, labels = read_made(picture, scenes)
        yield picture, labels, judge.label_losses(photo[None], labels[None])[0]
