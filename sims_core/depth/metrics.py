"""How far an estimated depth map is from a measured one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PROTOCOL = "mean over scenes of the mean over pixels with measured depth; sky and unknown pixels are not counted"


def depth_errors(estimate_m: NDArray[np.float32], truth_m: NDArray[np.float32]) -> dict[str, float] | None:
    """Compare one scene's depth maps.

    Args:
        estimate_m: (H, W) metres, above 0.
        truth_m: (H, W) metres, 0 = unknown, inf = sky.

    Returns:
        `absolute_relative_error` |e - t| / t, `rmse_m`, and `share_within_1_25`: the share of pixels with
        max(e / t, t / e) below 1.25; None when no pixel has a measured depth.
    """
    counted = np.isfinite(truth_m) & (truth_m > 0)
    if not counted.any():
        return None
    estimate, truth = estimate_m[counted].astype(np.float64), truth_m[counted].astype(np.float64)
    ratio = np.maximum(estimate / truth, truth / estimate)
    return {
        "absolute_relative_error": float((np.abs(estimate - truth) / truth).mean()),
        "rmse_m": float(np.sqrt(((estimate - truth) ** 2).mean())),
        "share_within_1_25": float((ratio < 1.25).mean()),
    }


def mean_errors(per_scene: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each figure over scenes, to 6 digits; of at least one scene."""
    return {name: float(f"{np.mean([errors[name] for errors in per_scene]):.6g}") for name in per_scene[0]}
