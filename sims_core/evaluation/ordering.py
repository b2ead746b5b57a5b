"""Does the ordering network know which of two adjacent segments is in front?

Figures carry in their name what they were measured against: `true_depth` where a sensor (or a
renderer) gave the depth, `estimated_depth` where a network did, `rule` where an object stands on
planar ground whatever the depth says.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sims_core.errors import SimsError
from sims_core.evaluation.tables import rounded
from sims_core.formats.tables import TableReader
from sims_core.images import decode_mask, decode_png

_NAMES = {"sensor": "true_depth", "network": "estimated_depth"}


class FrontPredictor(Protocol):
    """What `sims_core.predict.OrderingPredictor` offers."""

    def predict(
        self,
        masks_a: NDArray[np.bool_],
        masks_b: NDArray[np.bool_],
        layout: NDArray[np.uint8],
        categories_a: NDArray[np.int64],
        categories_b: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Return (N,) the probability that b is in front, for N pairs of one layout."""


@dataclass(frozen=True)
class Answer:
    """One held-out pair: what is true, and what the network and the class prior say."""

    reference: str
    same_category: bool
    b_in_front: bool
    network: bool
    prior: bool


def summarise_answers(answers: list[Answer]) -> dict[str, Any]:
    """Return accuracies by reference, and within depth for pairs of different and of one category.

    The class prior says nothing about two segments of one category, so it has no figure there.
    """
    summary: dict[str, Any] = {}
    for reference in sorted({answer.reference for answer in answers}):
        chosen = [answer for answer in answers if answer.reference == reference]
        summary[reference] = _accuracies(chosen)
        if reference == "rule":
            continue
        for name, same in (("different_category", False), ("same_category", True)):
            part = [answer for answer in chosen if answer.same_category == same]
            if part:
                summary[reference][name] = _accuracies(part)
                if same:
                    del summary[reference][name]["class_prior_accuracy"]
    summary["share_by_rule"] = float(np.mean([answer.reference == "rule" for answer in answers]))
    return summary


def _accuracies(answers: list[Answer]) -> dict[str, Any]:
    truth = np.array([answer.b_in_front for answer in answers])
    return {
        "network_accuracy": float((truth == [answer.network for answer in answers]).mean()),
        "class_prior_accuracy": float((truth == [answer.prior for answer in answers]).mean()),
        "majority_accuracy": float(max(truth.mean(), 1 - truth.mean())),
        "num_pairs": len(answers),
    }
