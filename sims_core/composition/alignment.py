"""Retrieved segments laid into their places by the transformation network (paper section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sims_core.scenes.affine import warp_mask, warp_segment
from sims_core.scenes.masks import mask_iou


class ThetaPredictor(Protocol):
    """What `sims_core.networks.trained.transform.TransformPredictor` offers."""

    def predict(
        self,
        segments: NDArray[np.uint8],
        segment_masks: NDArray[np.bool_],
        target_masks: NDArray[np.bool_],
        layout: NDArray[np.uint8],
    ) -> NDArray[np.float32]:
        """Return (N, 2, 3) affine maps for N segments of one layout."""


@dataclass(frozen=True)
class PlacedSegment:
    """A segment in the frame of a layout.

    Attributes:
        rgb: (H, W, 3) uint8 RGB, used inside the mask.
        mask: (H, W) bool.
        shadow: (H, W) bool, where its photo may show shadows of other objects (see `elision.shadow_band`).
    """

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    shadow: NDArray[np.bool_]


def align_segments(
    segments: Sequence[PlacedSegment],
    places: Sequence[NDArray[np.bool_]],
    layout: NDArray[np.uint8],
    predictor: ThetaPredictor,
) -> list[PlacedSegment]:
    """Move each segment as the network says, where that raises its IoU with its place; leave the others.

    Args:
        segments: In the layout's frame.
        places: (H, W) bool, one per segment.
        layout: (H, W) uint8 labels.
        predictor: The network.
    """
    if not segments:
        return []
    thetas = predictor.predict(
        np.stack([segment.rgb for segment in segments]),
        np.stack([segment.mask for segment in segments]),
        np.stack(places),
        layout,
    )
    aligned = []
    for segment, wanted, theta in zip(segments, places, thetas, strict=True):
        rgb, mask = warp_segment(segment.rgb, segment.mask, theta)
        if mask_iou(mask, wanted) > mask_iou(segment.mask, wanted):
            segment = PlacedSegment(rgb, mask, warp_mask(segment.shadow, theta))
        aligned.append(segment)
    return aligned
