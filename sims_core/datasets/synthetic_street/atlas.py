"""All textures with their reduced copies in one array, sampled for many surfaces at once."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Texture:
    """A texture with power-of-two sides.

    Attributes:
        pixels: (H, W, 5) float32 in [0, 1]: own colour (sRGB), weight of the surface's tint, opacity.
            Colour and weight are already multiplied by opacity.
        size_m: Width and height in metres.
        thicken: How much opacity is raised in reduced copies, so that thin things survive distance.
    """

    pixels: NDArray[np.float32]
    size_m: tuple[float, float]
    thicken: float = 1.0


class Atlas:
    """Textures packed for sampling.

    Attributes:
        index: Texture number by name.
        size_px: (T, 2) float64 width and height.
        size_m: Width and height in metres by name.
        has_holes: (T,) bool, whether any texel is transparent.
    """

    def __init__(self, textures: dict[str, Texture]) -> None:
        self.index = {name: number for number, name in enumerate(textures)}
        self.size_m = {name: texture.size_m for name, texture in textures.items()}
        self.size_px = np.array([t.pixels.shape[1::-1] for t in textures.values()], dtype=np.float64)
        self.has_holes = np.array([bool((t.pixels[..., 4] < 0.5).any()) for t in textures.values()])
        self._num_levels = np.log2(self.size_px.min(axis=1)).astype(np.int64)
        self._offset = np.zeros((len(textures), int(self._num_levels.max())), dtype=np.int64)
        blocks: list[NDArray[np.uint8]] = []
        solid: list[NDArray[np.bool_]] = []
        position = 0
        for number, texture in enumerate(textures.values()):
            pixels = texture.pixels
            for level in range(int(self._num_levels[number])):
                if level:
                    half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
                    pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), dtype=np.float32)
                raised = 1.0 if level == 0 else texture.thicken
                solid.append((pixels[..., 4] * raised >= 0.5).reshape(-1))
                blocks.append((pixels * 255 + 0.5).astype(np.uint8).reshape(-1, 5))
                self._offset[number, level] = position
                position += len(blocks[-1])
        self._texels = np.concatenate(blocks)
        self._solid = np.concatenate(solid)

    def clamp_level(self, texture: int, level: float) -> int:
        """Return the reduced copy nearest to a level of detail."""
        return int(np.clip(round(level), 0, self._num_levels[texture] - 1))

    def is_solid(self, texture: int, u: NDArray[np.float64], v: NDArray[np.float64], level: int) -> NDArray[np.bool_]:
        """Return (N,) bool: whether one texture is opaque at texture coordinates (in repeats)."""
        width, height = (int(size) >> level for size in self.size_px[texture])
        column = np.floor(u * width).astype(np.int64) & (width - 1)
        row = np.floor(v * height).astype(np.int64) & (height - 1)
        found: NDArray[np.bool_] = self._solid[self._offset[texture, level] + row * width + column]
        return found

    def sample(
        self,
        texture: NDArray[np.int64],
        u: NDArray[np.float64],
        v: NDArray[np.float64],
        level: NDArray[np.float64],
    ) -> NDArray[np.float32]:
        """Return (N, 4) float32: colour and tint weight, bilinear in the reduced copy nearest to each level."""
        whole = np.clip(np.rint(level), 0, self._num_levels[texture] - 1).astype(np.int64)
        width, height = (self.size_px[texture].astype(np.int64) >> whole[:, None]).T
        x, y = u * width - 0.5, v * height - 0.5
        left, top = np.floor(x), np.floor(y)
        across, down = (x - left).astype(np.float32), (y - top).astype(np.float32)
        column, row = left.astype(np.int64), top.astype(np.int64)
        columns = (column & (width - 1), (column + 1) & (width - 1))
        base = self._offset[texture, whole]
        rows = (base + (row & (height - 1)) * width, base + ((row + 1) & (height - 1)) * width)
        total = np.zeros((len(u), 5), dtype=np.float32)
        for start, share_down in zip(rows, (1 - down, down), strict=True):
            for offset, share_across in zip(columns, (1 - across, across), strict=True):
                total += self._texels[start + offset] * (share_down * share_across)[:, None]
        opacity = np.maximum(total[:, 4:], 8.0)
        return np.asarray(total[:, :4] / opacity, dtype=np.float32)
