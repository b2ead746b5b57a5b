"""Does the ordering network know which of two adjacent segments is in front?

Figures carry in their name what they were measured against: `true_depth` where a sensor (or a
renderer) gave the depth, `estimated_depth` where a network did, in metres, `relative_depth` where one gave
depth without a unit, `rule` where an object stands on planar ground whatever the depth says.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from sims_core.base.csv_files import rounded
from sims_core.base.errors import SimsError
from sims_core.base.pictures import decode_mask, decode_png
from sims_core.composition.class_prior import ClassPrior
from sims_core.composition.paste_order import FrontPredictor, lower_in_front
from sims_core.formats.tables import TableReader
from sims_core.scenes.depth_maps import METRIC, RELATIVE
from sims_core.scenes.placed import PlacedMask

_AMBIGUOUS = {
    METRIC: "pairs of which the depths differ by less than simulation.min_depth_ratio are not counted",
    RELATIVE: "pairs of which the disparities differ by less than simulation.min_disparity_fraction of the picture's "
    "range are not counted",
}


@dataclass(frozen=True)
class Answer:
    """One held-out pair: what is true, and what the network and the class prior say."""

    reference: str
    same_category: bool
    b_in_front: bool
    network: bool
    prior: bool


def evaluate_ordering(
    pairs: TableReader, predictor: FrontPredictor, prior: ClassPrior, weights_sha256: str
) -> dict[str, Any]:
    """Return the content of metrics/figures/ordering.json.

    Args:
        pairs: The `ordering` table of data/simulated; rows of split "val" count.
        predictor: The network.
        prior: Counted on the pairs of training scenes.
        weights_sha256: Of the network's weight file.

    Raises:
        SimsError: There are no held-out pairs.
    """
    held_out = [index for index, split in enumerate(pairs.column("split")) if split == "val"]
    if not held_out:
        raise SimsError(pairs.folder, "no held-out ordering pairs", remedy="run stage 'simulate' with more scenes")
    # All depth of a project is of one type.
    kind = pairs.row(held_out[0])["depth_kind"]
    answers = []
    for _, group in groupby((pairs.row(index) for index in held_out), key=lambda row: row["scene_id"]):
        answers += _ask(list(group), predictor, prior)
    protocol = {
        "pairs": "adjacent segments of validation scenes above segments.min_area_fraction, unless both are ground",
        "ambiguous": _AMBIGUOUS[kind],
        "truth": "median depth on either side of the shared boundary; `rule` pairs are not counted as depth",
        "network": "the log-odds of network and class prior added; of one category, the lower bottom edge is in front",
        "class_prior": "the more frequent order of the two categories among the pairs of training scenes",
        "weights_sha256": weights_sha256,
    }
    return rounded(summarise_answers(answers) | {"protocol": protocol})


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


def _ask(rows: list[dict[str, Any]], predictor: FrontPredictor, prior: ClassPrior) -> list[Answer]:
    """Return the answers for the pairs of one scene."""
    firsts, seconds = (
        [PlacedMask.of_frame(decode_mask(row[f"mask_{side}"]["bytes"])) for row in rows] for side in "ab"
    )
    categories_a, categories_b = (np.array([row[f"category_{side}"] for row in rows]) for side in "ab")
    layout = decode_png(rows[0]["layout"]["bytes"])
    probabilities = predictor.predict(firsts, seconds, layout, categories_a, categories_b)
    assumed = prior.probabilities
    answers = []
    for row, first, second, probability in zip(rows, firsts, seconds, probabilities, strict=True):
        same = row["category_a"] == row["category_b"]
        if same:
            probability = lower_in_front(first.box[2], second.box[2], len(layout))
        answers.append(
            Answer(
                reference=_reference(row),
                same_category=same,
                b_in_front=row["b_in_front"],
                network=bool(probability >= 0.5),
                prior=bool(assumed[row["category_a"], row["category_b"]] >= 0.5),
            )
        )
    return answers


def _reference(row: dict[str, Any]) -> str:
    """Return what says the truth of a pair."""
    if row["by_rule"]:
        return "rule"
    if row["depth_kind"] == RELATIVE:
        return "relative_depth"
    return "true_depth" if row["depth_source"] == "sensor" else "estimated_depth"


def _accuracies(answers: list[Answer]) -> dict[str, Any]:
    truth = np.array([answer.b_in_front for answer in answers])
    return {
        "network_accuracy": float((truth == [answer.network for answer in answers]).mean()),
        "class_prior_accuracy": float((truth == [answer.prior for answer in answers]).mean()),
        "majority_accuracy": float(max(truth.mean(), 1 - truth.mean())),
        "num_pairs": len(answers),
    }
