"""The components of a layout for people who pin and ban: a picture of their numbers, a table of their candidates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sims_core.drawing.contact_sheet import numbered_picture
from sims_core.formats.canvases import Canvas
from sims_core.scenes.classes import ClassTable
from sims_core.synthesis.synthesizer import RetrievedLayout

COLUMNS = (
    "component",
    "category",
    "top_px",
    "left_px",
    "bottom_px",
    "right_px",
    "rank",
    "segment",
    "score",
    "on_top_in_variants",
    "beneath_in_variants",
)


def components_picture(retrieved: RetrievedLayout, classes: ClassTable) -> NDArray[np.uint8]:
    """Return the layout in its colours with the numbers of all components that are pinned or above the minimum size."""
    layout = retrieved.layout
    masks = {
        component: layout.segments[component].full_mask(layout.shape)
        for component in sorted(retrieved.large | retrieved.control.pins.keys())
    }
    return numbered_picture(classes.colourise(layout.labels), masks)


def component_rows(retrieved: RetrievedLayout, canvases: Sequence[Canvas], classes: ClassTable) -> list[list[object]]:
    """Return the rows of the table, columns as in `COLUMNS`.

    Each component has a row per candidate, best first, before it one for a pin that is no candidate; a component
    without any has one row. Variants are numbers with spaces between.

    Args:
        retrieved: The layout and its candidates.
        canvases: Of its variants, in order.
        classes: The class table.
    """
    on_top, pasted = _uses(canvases)
    rows: list[list[object]] = []
    for match, segment in zip(retrieved.matches, retrieved.layout.segments, strict=True):
        head = [match.component, classes.names[match.category], *segment.box]
        candidates: list[tuple[object, str, object]] = [
            (rank, *pair) for rank, pair in enumerate(zip(match.segment_ids, match.scores, strict=True), start=1)
        ]
        pin = retrieved.control.pins.get(match.component)
        if pin is not None and pin not in match.segment_ids:
            candidates.insert(0, ("pinned", pin, ""))
        for rank, segment_id, score in candidates or [("", "", "")]:
            above = on_top.get((match.component, segment_id), [])
            beneath = [v for v in pasted.get((match.component, segment_id), []) if v not in above]
            rows.append([*head, rank, segment_id, score, _listed(above), _listed(beneath)])
    return rows


_Uses = dict[tuple[int, str], list[int]]


def _uses(canvases: Sequence[Canvas]) -> tuple[_Uses, _Uses]:
    """Return, by component and segment, the variants that show it on top, and those that show it at all."""
    on_top: _Uses = {}
    pasted: _Uses = {}
    for variant, canvas in enumerate(canvases):
        pairs = list(zip(canvas.components, canvas.segment_ids, strict=True))
        for pair in pairs:
            pasted.setdefault(pair, []).append(variant)
        for pair in dict(pairs).items():  # the last one of a component lies on top
            on_top.setdefault(pair, []).append(variant)
    return on_top, pasted


def _listed(variants: Sequence[int]) -> str:
    return " ".join(str(variant) for variant in variants)
