"""Retrieved segments laid into their places by the transformation network (paper section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.affine import warp_mask, warp_segment
from sims_core.scenes.placed import PlacedMask, PlacedSegment, mask_iou


class ThetaPredictor(Protocol):
    """What `sims_core.networks.trained.transform.TransformPredictor` offers."""

    def predict(
        self, segments: Sequence[PlacedSegment], places: Sequence[PlacedMask], layout: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """Return (N, 2, 3) affine maps for N segments of one layout."""


@dataclass(frozen=True)
class ShadedSegment(PlacedSegment):
    """A segment in the frame of a layout.

    Attributes:
        shadow: (h, w) bool of the box's size, where its photo may show shadows of other objects
            (see `elision.shadow_band`).
    """

    shadow: NDArray[np.bool_]


def align_segments(
    segments: Sequence[ShadedSegment],
    places: Sequence[PlacedMask],
    layout: NDArray[np.uint8],
    predictor: ThetaPredictor,
) -> list[ShadedSegment]:
    """Move each segment as the network says, where that raises its IoU with its place; leave the others.

    Args:
        segments: In the layout's frame.
        places: One per segment.
        layout: (H, W) uint8 labels.
        predictor: The network.
    """
    if not segments:
        return []
    shape = (layout.shape[0], layout.shape[1])
    thetas = predictor.predict(segments, places, layout)
    aligned = []
    for segment, wanted, theta in zip(segments, places, thetas, strict=True):
        moved = warp_segment(segment, theta, shape)
        if mask_iou(moved, wanted) > mask_iou(segment, wanted):
            shadow = np.zeros_like(moved.mask)
            if segment.shadow.any():
                shadow = warp_mask(PlacedMask(segment.box, segment.shadow), theta, shape).within(moved.box)
            segment = ShadedSegment(moved.box, moved.mask, moved.rgb, shadow)
        aligned.append(segment)
    return aligned
