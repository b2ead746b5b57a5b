"""The segmenter that the pipeline trains (data/models/segmenter), as an instrument of the evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.files import sha256_of
from sims_core.evaluation.scoring import Segmented
from sims_core.networks.pyramid_segmenter import PyramidSegmenter
from sims_core.networks.trained.segmenter import SegmenterPredictor
from sims_core.networks.unet import UNet
from sims_core.scenes.classes import ClassTable

_NETWORKS = {
    UNet.__name__: "U-Net",
    PyramidSegmenter.__name__: "feature pyramid on EfficientNet-Lite0 (ImageNet's weights at first)",
}


class PipelineSegmenter:
    """Labels, and the deepest features averaged over the picture."""

    def __init__(self, folder: Path, classes: ClassTable) -> None:
        """Load the network.

        Args:
            folder: Of the model, with `card.json` and `weights.safetensors`.
            classes: What the layouts' ids mean.

        Raises:
            SimsError: Missing or damaged files, or a network of other categories.
        """
        self._predictor = SegmenterPredictor(folder)
        card = self._predictor.card
        if card.categories.names != classes.names:
            raise SimsError(
                folder,
                "the segmenter was trained on other categories than the class table has",
                expected=", ".join(classes.names),
                found=", ".join(card.categories.names),
            )
        self.protocol = {
            "segmenter": f"{_NETWORKS[card.network]} trained by stage 'train_segmenter' on the training photos",
            "segmenter_weights_sha256": sha256_of(folder / "weights.safetensors"),
            "segmenter_input": f"pictures at {card.width_px} x {card.height_px} (OpenCV area averaging when shrinking, "
            "bilinear without antialias when enlarging), labels brought back by nearest sampling",
        }

    def __call__(self, pictures: NDArray[np.uint8]) -> Segmented:
        """Label (B, H, W, 3) uint8 RGB pictures."""
        labels, features = self._predictor.predict(pictures)
        return Segmented(labels, features.numpy())
