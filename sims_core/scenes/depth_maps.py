"""Depth of a scene in one of two types that are never mixed: metric, or relative.

Metric depth is a distance in metres: of a sensor, a renderer, or a network that was trained to give metres.
Relative depth is what networks of the MiDaS family give: inverse depth up to a factor and an offset that nobody
knows, different ones in each picture. It says which of two pixels of one picture is nearer. It has no unit, no ratios,
and says nothing of another picture, so whoever takes depth must say what to do with each of the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DepthSource = Literal["sensor", "network", "transformers"]
METRIC, RELATIVE = "metric", "relative"


@dataclass(frozen=True)
class MetricDepth:
    """Distances.

    Attributes:
        depth_m: (H, W) float32 metres, 0 = unknown, inf = sky.
        source: Where it came from.
    """

    depth_m: NDArray[np.float32]
    source: DepthSource

    kind = METRIC

    def with_sky(self, sky: NDArray[np.bool_]) -> MetricDepth:
        """Return the same depth, infinite where an (H, W) bool mask says sky."""
        return MetricDepth(np.where(sky, np.float32(np.inf), self.depth_m), self.source)


@dataclass(frozen=True)
class RelativeDepth:
    """Inverse depth without a unit; make one with `relative_depth`.

    Attributes:
        disparity: (H, W) float32, 0 = the farthest and 1 = the nearest pixel of the picture, -inf = sky; none unknown.
        source: Where it came from.
    """

    disparity: NDArray[np.float32]
    source: DepthSource

    kind = RELATIVE

    def with_sky(self, sky: NDArray[np.bool_]) -> RelativeDepth:
        """Return the same depth, beyond everything where an (H, W) bool mask says sky; the range is the others'."""
        return relative_depth(self.disparity, sky, self.source)


DepthMap = MetricDepth | RelativeDepth


def relative_depth(disparity: NDArray[np.float32], sky: NDArray[np.bool_], source: DepthSource) -> RelativeDepth:
    """Return inverse depth of any factor and offset in its normal form.

    Args:
        disparity: (H, W) float32, larger = nearer, finite outside the sky.
        sky: (H, W) bool; these pixels have no part in the picture's range.
        source: Where it came from.
    """
    ground = disparity[~sky].astype(np.float64)
    normal = np.full(disparity.shape, -np.inf, dtype=np.float32)
    if ground.size:
        farthest, nearest = ground.min(), ground.max()
        normal[~sky] = (ground - farthest) / max(nearest - farthest, np.finfo(np.float64).tiny)
    return RelativeDepth(normal, source)
