"""A depth estimator of the `transformers` library from a local folder, and the type of depth that it gives."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.networks.local_transformers import load_image_processor, load_network, weights_sha256
from sims_core.scenes.depth_maps import METRIC, RELATIVE, DepthMap, MetricDepth, relative_depth

Output = Literal["config", "relative", "metric"]

# Networks that give metres whatever they were trained on.
_METRIC_TYPES = ("zoedepth", "glpn", "depth_pro")
# The library takes the padding of these off with torchvision, which it does not require.
_NEED_TORCHVISION = ("zoedepth",)
# Below a centimetre there is no depth on disk but 0, which says unknown.
_NEAREST_M = 0.01


class TransformersDepth:
    """A monocular depth estimator that somebody trained.

    Attributes:
        kind: The type of depth that it gives, "metric" or "relative".
        protocol: What it is, for the metrics file.
    """

    def __init__(self, folder: Path, output: Output) -> None:
        """Load a local folder with `config.json`, `preprocessor_config.json` and `*.safetensors`.

        Args:
            folder: Of the model.
            output: See `output_kind`.

        Raises:
            SimsError: See `load_network`, `load_image_processor` and `output_kind`; or torchvision is missing.
        """
        self._network = load_network("AutoModelForDepthEstimation", folder)
        self._processor = load_image_processor(folder)
        self._folder = folder
        config = self._network.config
        if config.model_type in _NEED_TORCHVISION and find_spec("torchvision") is None:
            raise SimsError(folder, "needs the library torchvision", remedy="pip install torchvision")
        self.kind = output_kind(config, output, folder / "config.json")
        meaning = "metres" if self.kind == METRIC else "relative inverse depth, without a unit"
        self.protocol = {"depth": f"{config.model_type}: {meaning}", "depth_weights_sha256": weights_sha256(folder)}

    def __call__(self, photo: NDArray[np.uint8], labels: NDArray[np.uint8]) -> DepthMap:
        """Estimate the depth of one scene, sky included, where it means nothing.

        Args:
            photo: (H, W, 3) uint8 RGB.
            labels: (H, W) canonical category ids; these networks see the photo alone.

        Raises:
            SimsError: What comes out is no depth map.
        """
        with torch.inference_mode():
            given = self._network(**self._processor(images=photo, return_tensors="pt"))
            # Where a processor pads, the second argument is the size before that, elsewhere the size wanted.
            (found,) = self._processor.post_process_depth_estimation(given, [photo.shape[:2]])
        values: NDArray[np.float32] = found["predicted_depth"].float().numpy()
        if values.shape != labels.shape or not np.isfinite(values).all():
            raise SimsError(
                self._folder,
                "gave no depth map",
                expected=f"{labels.shape[0]} x {labels.shape[1]} finite numbers",
                found=f"{values.shape}, {np.isfinite(values).mean():.0%} of them finite",
            )
        if self.kind == METRIC:
            return MetricDepth(np.maximum(values, np.float32(_NEAREST_M)), "transformers")
        return relative_depth(values, np.zeros(labels.shape, dtype=bool), "transformers")


def output_kind(config: Any, output: Output, where: object) -> str:
    """Return the type of depth that a network gives: what its configuration says, or else what was set.

    Networks of type `dpt` give relative inverse depth, as MiDaS does; but with a DINOv2 as backbone there are published
    ones that were trained for metres, which nothing in their configuration says.

    Args:
        config: Of the network, as the library reads it.
        output: "config" where the configuration should say it, or the type.
        where: For errors.

    Raises:
        SimsError: The configuration does not say it and nothing was set, or it says the contrary.
    """
    said = _said_by(config)
    if output == "config" and said is None:
        raise SimsError(
            where,
            f"does not say what the depth of a {config.model_type} network is",
            remedy="set estimate_depth.output to metric (metres) or relative (inverse depth, larger is nearer)",
        )
    if output != "config" and said not in (None, output):
        raise SimsError(
            where, "the network gives depth of the other type", expected=f"{output} (estimate_depth.output)", found=said
        )
    return output if said is None else said


def _said_by(config: Any) -> str | None:
    """Return what type of depth a configuration speaks of; None where it leaves that open."""
    if hasattr(config, "depth_estimation_type"):
        return METRIC if config.depth_estimation_type == METRIC else RELATIVE
    if config.model_type in _METRIC_TYPES:
        return METRIC
    backbone = getattr(getattr(config, "backbone_config", None), "model_type", "")
    return RELATIVE if config.model_type == "dpt" and not backbone.startswith("dinov2") else None
