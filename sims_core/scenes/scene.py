"""A scene: the one form in which every dataset enters the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Split = Literal["train", "val"]
SPLITS: tuple[Split, Split] = ("train", "val")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A photo with its layout and, where the dataset has them, instances, depth and a coarse layout.

    Attributes:
        scene_id: Unique name, also the photo's id in provenance and credits.
        split: "train" or "val"; only training scenes enter the memory bank.
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 category ids, 255 = void.
        instances: (H, W) uint16, 0 = no instance, ids unique within the scene; or None.
        depth_m: (H, W) float32 metres along the optical axis, 0 = unknown, inf = sky; or None.
        coarse_labels: (H, W) uint8 category ids, 255 = void, of a coarse annotation beside the fine one; or None.
        licence: Licence or origin of the photo, carried into credits.
    """

    scene_id: str
    split: Split
    photo: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    instances: NDArray[np.uint16] | None = None
    depth_m: NDArray[np.float32] | None = None
    coarse_labels: NDArray[np.uint8] | None = None
    licence: str = "unknown"
