"""A segmenter and an extractor that need no network, for the categories of `small_project`."""

import numpy as np

from sims_core.evaluation.measures.kernel_distance import SubsetRule
from sims_core.evaluation.scoring import Instruments, Segmented
from sims_core.evaluation.summary import SummaryRule
from tests.support.small_project import CLASSES


class NearestColour:
    """Labels a pixel with the category whose colour direction is nearest; features are mean colours."""

    protocol = {"segmenter": "nearest colour", "segmenter_weights_sha256": "none"}  # noqa: RUF012

    def __call__(self, pictures):
        colours = CLASSES.palette[: len(CLASSES)].astype(float)
        near = np.abs(pictures[..., None, :].astype(float) - 1.2 * colours).sum(axis=-1)
        return Segmented(near.argmin(axis=-1), pictures.mean(axis=(1, 2)) / 255)


class Quadrants:
    """The mean brightness of the four quarters of a picture."""

    name = "quadrants"
    protocol = {"weights_sha256": "none", "antialias": "no resize"}  # noqa: RUF012

    def __call__(self, pictures):
        rows, columns = pictures.shape[1] // 2, pictures.shape[2] // 2
        halves = [pictures[:, :rows], pictures[:, rows:]]
        parts = [part for half in halves for part in (half[:, :, :columns], half[:, :, columns:])]
        return np.stack([part.mean(axis=(1, 2, 3)) / 255 for part in parts], axis=1)


INSTRUMENTS = Instruments(NearestColour(), (Quadrants(),))
RULE = SummaryRule(SubsetRule(num_subsets=4, subset_size=2), num_resamples=200, seed=0, primary="synthesized")
