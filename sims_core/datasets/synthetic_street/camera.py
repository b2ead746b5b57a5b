"""The pinhole camera of a scene and the sample grid it is rendered on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEAR_M = 0.25
"""Nothing closer than this is drawn."""

SAMPLES_PER_PIXEL = 2
"""Samples along each pixel edge; sample k lies at k / 2 pixels, so odd samples are pixel centres."""


@dataclass(frozen=True)
class Camera:
    """A dash camera; camera axes: x right, y down, z along the optical axis.

    Attributes:
        position_m: (3,) float64 world position.
        rotation: (3, 3) float64, world to camera axes.
        focal_widths: Focal length in image widths.
    """

    position_m: NDArray[np.float64]
    rotation: NDArray[np.float64]
    focal_widths: float

    def pixel_matrix(self, height_px: int, width_px: int) -> NDArray[np.float64]:
        """Return (3, 3): camera coordinates to (x z, y z, z) in pixels; pixel centres lie at half numbers."""
        focal_px = self.focal_widths * width_px
        return np.array([[focal_px, 0.0, width_px / 2], [0.0, focal_px, height_px / 2], [0.0, 0.0, 1.0]])

    def sample_matrix(self, height_px: int, width_px: int) -> NDArray[np.float64]:
        """Return (3, 3): camera coordinates to sample coordinates, integers being samples."""
        scale = np.diag([SAMPLES_PER_PIXEL, SAMPLES_PER_PIXEL, 1.0])
        return scale @ self.pixel_matrix(height_px, width_px)

    def rays(
        self, columns: NDArray[np.float64], rows: NDArray[np.float64], matrix: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return (N, 3) world directions of unit depth through grid points under a pixel or sample matrix."""
        back = np.linalg.inv(matrix) @ np.stack([columns, rows, np.ones_like(columns)])
        directions: NDArray[np.float64] = np.asarray(back.T @ self.rotation, dtype=np.float64)
        return directions


def look_along(position_m: NDArray[np.float64], yaw: float, pitch: float, roll: float, focal_widths: float) -> Camera:
    """Return a camera; angles in radians: yaw to the right, pitch down, roll clockwise."""
    forward = np.array([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    level_right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    level_down = np.cross(level_right, forward)
    right = np.cos(roll) * level_right + np.sin(roll) * level_down
    down = np.cross(right, forward)
    return Camera(position_m, np.stack([right, down, forward]), focal_widths)
