"""How well the memory bank answers the validation layouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sims_core.base.csv_files import rounded
from sims_core.base.errors import SimsError
from sims_core.formats.matches import ComponentMatches


def evaluate_retrieval(
    matches: Mapping[str, Sequence[ComponentMatches]], num_labelled_px: int, resolution: str
) -> dict[str, Any]:
    """Return the content of metrics/figures/retrieval.json.

    Args:
        matches: Components by scene id.
        num_labelled_px: Pixels of these scenes' layouts that are not void.
        resolution: Of the layouts, for the protocol.

    Raises:
        SimsError: No component has a candidate.
    """
    components = [component for scene in matches.values() for component in scene]
    answered = [component for component in components if component.segment_ids]
    if not answered:
        raise SimsError("data/matches", "no component has a candidate", remedy="run stage 'retrieve' on a larger bank")
    return rounded(
        {
            "mean_top1_score": float(np.mean([component.scores[0] for component in answered])),
            "mean_top1_mask_iou": float(np.mean([component.mask_ious[0] for component in answered])),
            "mean_top1_context_iou": float(np.mean([component.context_ious[0] for component in answered])),
            "share_of_layout_pixels_with_reference": sum(c.area_px for c in answered) / num_labelled_px,
            "num_components": len(answered),
            "protocol": {
                "num_layouts": len(matches),
                "resolution": resolution,
                "counted": "components of validation layouts above segments.min_area_fraction, their best candidate",
                "excluded": "the layout's own photo",
                "share": "pixels of these components over all pixels of the layouts that are not void",
            },
        }
    )
