"""The core of every evaluation: sets of pictures scored side by side, picture by picture, none of them kept.

The stage and the command differ in where pictures come from and in nothing else. What is kept of a
picture are numbers from which every figure, and its bootstrap, follows: category counts, features, the
radial profile, the errors to the real photograph; and one running mean of the 2-D spectra per set.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.parallel import progress_bar
from sims_core.base.seeding import random_stream
from sims_core.evaluation.measures.reference_error import ReferenceError, reference_error
from sims_core.evaluation.measures.segmentation import category_counts, confusion_matrix
from sims_core.evaluation.measures.spectrum import log_power, power_spectrum, ring_means
from sims_core.evaluation.rows import REAL, SHUFFLED, ordered_rows

SEGMENTER_FEATURES = "segmenter"
SHUFFLED_RULE = "the real photographs, each scored against the layout of another one, assigned at random"


@dataclass(frozen=True)
class Sample:
    """One layout with the pictures that were made for it.

    Attributes:
        name: Unique.
        layout: (H, W) uint8 ids, 255 = void: what was asked for.
        other_layout: (H, W) uint8, the layout of another sample; None where there is no other.
        pictures: (H, W, 3) uint8 RGB by row, `real` among them.
    """

    name: str
    layout: NDArray[np.uint8]
    other_layout: NDArray[np.uint8] | None
    pictures: Mapping[str, NDArray[np.uint8]]


@dataclass(frozen=True)
class Segmented:
    """What a segmentation network says of B pictures.

    Attributes:
        labels: (B, H, W) int64 category ids.
        features: (B, F) float64, the network's own features averaged over the picture; None where it has none.
    """

    labels: NDArray[np.int64]
    features: NDArray[np.float64] | None


class Segmenter(Protocol):
    """A segmentation network; `protocol` says which, with its weights' sha256 and what becomes of its input."""

    @property
    def protocol(self) -> Mapping[str, Any]:
        """Lines of the protocol, by name."""

    def __call__(self, pictures: NDArray[np.uint8]) -> Segmented:
        """Label (B, H, W, 3) uint8 RGB pictures."""


class Extractor(Protocol):
    """A network whose features two sets of pictures are compared in; `name` begins the names of its figures."""

    @property
    def name(self) -> str:
        """Of the extractor; no two extractors share one."""

    @property
    def protocol(self) -> Mapping[str, Any]:
        """Lines of the protocol: sha256 of the weights, input size, resize filter, antialias."""

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Turn (B, H, W, 3) uint8 RGB pictures into (B, F) float64 features."""


@dataclass(frozen=True)
class Instruments:
    """What pictures are measured with; without a segmenter there is no re-segmentation."""

    segmenter: Segmenter | None
    extractors: Sequence[Extractor] = ()


@dataclass
class RowScores:
    """The numbers of one set of pictures, in the order of the samples; lists that stay empty were not measured.

    Attributes:
        matrix: (C, C) confusion matrix of the whole set.
        counts: (3, C) int64 per picture, see `segmentation`.
        features: (F,) float64 per picture, by extractor.
        profiles: (R,) float64 per picture, see `spectrum.ring_means`.
        errors: To the real photograph, per picture.
        log_spectrum_sum: (H, W) float64 sum of log10 power over the pictures.
    """

    matrix: NDArray[np.int64]
    counts: list[NDArray[np.int64]] = field(default_factory=list)
    features: defaultdict[str, list[NDArray[np.float64]]] = field(default_factory=lambda: defaultdict(list))
    profiles: list[NDArray[np.float64]] = field(default_factory=list)
    errors: list[ReferenceError] = field(default_factory=list)
    log_spectrum_sum: NDArray[np.float64] = field(default_factory=lambda: np.zeros(()))

    def add_labels(self, layout: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
        """Count what the segmenter says of one picture."""
        matrix = confusion_matrix(layout, labels, len(self.matrix))
        self.matrix += matrix
        self.counts.append(category_counts(matrix))

    def add_spectrum(self, picture: NDArray[np.uint8]) -> None:
        """Add the spectrum of one (H, W, 3) uint8 picture."""
        power = power_spectrum(picture)
        self.profiles.append(ring_means(power))
        self.log_spectrum_sum = self.log_spectrum_sum + log_power(power)

    def join(self, later: RowScores) -> None:
        """Add the numbers of the pictures that follow."""
        self.matrix += later.matrix
        self.counts += later.counts
        for name, features in later.features.items():
            self.features[name] += features
        self.profiles += later.profiles
        self.errors += later.errors
        self.log_spectrum_sum = self.log_spectrum_sum + later.log_spectrum_sum

    @property
    def mean_log_spectrum(self) -> NDArray[np.float64]:
        """(H, W) float64 mean of log10 power."""
        return self.log_spectrum_sum / len(self.profiles)


@dataclass(frozen=True)
class Scores:
    """All sets of one evaluation.

    Attributes:
        names: Of the samples, in the order in which every row holds them.
        frame: (height, width) of all pictures in pixels.
        rows: By name, in the order of tables; `shuffled_layout` has counts alone.
        layouts_sha256: Of the layouts with their names.
        real_sha256: Of the real photographs with their names.
    """

    names: list[str]
    frame: tuple[int, int]
    rows: dict[str, RowScores]
    layouts_sha256: str
    real_sha256: str


def shuffled_pairs(names: Sequence[str], seed: int) -> dict[str, str]:
    """Assign to every name another one, at random and each once; empty for a single name."""
    if len(names) < 2:
        return {}
    order = [names[index] for index in random_stream(seed, "evaluate", SHUFFLED).permutation(len(names))]
    return dict(zip(order, order[1:] + order[:1], strict=True))


def score_samples(
    samples: Iterable[Sample], num_samples: int, num_categories: int, instruments: Instruments, batch_size: int
) -> Scores:
    """Score every row of every sample, with a progress bar.

    Args:
        samples: Read one batch at a time.
        num_samples: Their number.
        num_categories: Number of categories C.
        instruments: What to measure with.
        batch_size: Pictures that a network sees at once.

    Raises:
        SimsError: A picture of another size, or every layout is void.
    """
    total = ScoreSum()
    with progress_bar() as progress:
        task = progress.add_task("score pictures", total=num_samples, note="")
        for batch in _batches(samples, batch_size):
            frame = total.frame or (batch[0].layout.shape[0], batch[0].layout.shape[1])
            rows = score_batch(batch, frame, num_categories, instruments)
            total.add([(sample.name, sample.layout, sample.pictures[REAL]) for sample in batch], rows)
            progress.advance(task, len(batch))
    return total.scores()


class ScoreSum:
    """The scores of batches, put together in the order of the samples.

    Attributes:
        frame: (height, width) of the first layout in pixels; None before the first batch.
    """

    def __init__(self) -> None:
        self.frame: tuple[int, int] | None = None
        self._names: list[str] = []
        self._rows: dict[str, RowScores] = {}
        self._layouts_digest, self._real_digest = hashlib.sha256(), hashlib.sha256()

    def add(
        self, references: Iterable[tuple[str, NDArray[np.uint8], NDArray[np.uint8]]], rows: Mapping[str, RowScores]
    ) -> None:
        """Add the next batch.

        Args:
            references: (name, layout, real photograph) of each sample.
            rows: Of `score_batch`.
        """
        for name, layout, real in references:
            self.frame = self.frame or (layout.shape[0], layout.shape[1])
            self._names.append(name)
            _digest(self._layouts_digest, name, layout)
            _digest(self._real_digest, name, real)
        for row, scores in rows.items():
            _row(self._rows, row, len(scores.matrix)).join(scores)

    def scores(self) -> Scores:
        """Return the scores of all samples, at least one.

        Raises:
            SimsError: Every layout is void.
        """
        real = self._rows[REAL]
        if real.counts and not real.matrix.any():
            raise SimsError("layouts", "every layout is void", remedy="check the label maps")
        ordered = {name: self._rows[name] for name in ordered_rows([self._rows])}
        digests = self._layouts_digest.hexdigest(), self._real_digest.hexdigest()
        return Scores(self._names, self.frame or (0, 0), ordered, *digests)


def score_batch(
    batch: Sequence[Sample], frame: tuple[int, int], num_categories: int, instruments: Instruments
) -> dict[str, RowScores]:
    """Score every row of some samples.

    Args:
        batch: At least one sample; networks see all of them at once.
        frame: (height, width) that all pictures have.
        num_categories: Number of categories C.
        instruments: What to measure with.

    Raises:
        SimsError: A picture of another size.
    """
    for sample in batch:
        _check_sizes(sample, frame)
    rows: dict[str, RowScores] = {}
    for row in batch[0].pictures:
        _add_batch(rows, row, batch, num_categories, instruments)
    return rows


def _add_batch(
    rows: dict[str, RowScores], row: str, batch: Sequence[Sample], num_categories: int, instruments: Instruments
) -> None:
    pictures = np.stack([sample.pictures[row] for sample in batch])
    scores = _row(rows, row, num_categories)
    if instruments.segmenter is not None:
        segmented = instruments.segmenter(pictures)
        for sample, labels in zip(batch, segmented.labels, strict=True):
            scores.add_labels(sample.layout, labels)
            if row == REAL and sample.other_layout is not None:
                _row(rows, SHUFFLED, num_categories).add_labels(sample.other_layout, labels)
        if segmented.features is not None:
            scores.features[SEGMENTER_FEATURES].extend(segmented.features)
    for extractor in instruments.extractors:
        scores.features[extractor.name].extend(extractor(pictures))
    for sample in batch:
        scores.add_spectrum(sample.pictures[row])
        if row != REAL:
            scores.errors.append(reference_error(sample.pictures[row], sample.pictures[REAL]))


def _row(rows: dict[str, RowScores], row: str, num_categories: int) -> RowScores:
    return rows.setdefault(row, RowScores(np.zeros((num_categories, num_categories), dtype=np.int64)))


def _batches(samples: Iterable[Sample], batch_size: int) -> Iterator[list[Sample]]:
    waiting = iter(samples)
    while batch := list(islice(waiting, batch_size)):
        yield batch


def _check_sizes(sample: Sample, frame: tuple[int, int]) -> None:
    arrays = {"layout": sample.layout, **sample.pictures}
    for what, array in arrays.items():
        if array.shape[:2] != frame:
            raise SimsError(
                f"'{sample.name}'",
                f"{what} has another size",
                expected=f"{frame[1]} x {frame[0]} px, as the first layout",
                found=f"{array.shape[1]} x {array.shape[0]} px",
            )


def _digest(digest: Any, name: str, array: NDArray[np.uint8]) -> None:
    digest.update(f"{name}\x1f{array.shape}\x1f".encode())
    digest.update(np.ascontiguousarray(array))
