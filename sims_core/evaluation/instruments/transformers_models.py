"""Instruments that are networks of the `transformers` library: DINOv2 features, and segmenters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.text_files import read_json
from sims_core.evaluation.instruments.resizing import resize_planes
from sims_core.evaluation.scoring import Segmented
from sims_core.networks.local_transformers import load_network, weights_sha256
from sims_core.scenes.classes import ClassTable

_DINO_INPUT_PX = 224
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class DinoV2:
    """The class token of a DINOv2 network, after its last normalisation."""

    name = "dinov2"

    def __init__(self, folder: Path) -> None:
        """Load a local folder with `config.json` and `*.safetensors`; see `load_network` for errors."""
        self._network = load_network("AutoModel", folder)
        model_type = self._network.config.model_type
        if not model_type.startswith("dinov2"):
            raise SimsError(folder / "config.json", "another network", expected="model_type dinov2", found=model_type)
        self.protocol: dict[str, Any] = {
            "weights_sha256": weights_sha256(folder),
            "input": f"{_DINO_INPUT_PX} x {_DINO_INPUT_PX}, ImageNet mean and standard deviation",
            "resize_filter": "Pillow bicubic on float32 channels, aspect not kept",
            "antialias": "yes",
        }

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Turn (B, H, W, 3) uint8 RGB pictures into (B, F) float64 features."""
        planes = torch.from_numpy(resize_planes(pictures, _DINO_INPUT_PX)) / 255
        with torch.inference_mode():
            tokens = self._network(pixel_values=_normalised(planes, _IMAGENET_MEAN, _IMAGENET_STD)).last_hidden_state
        features: NDArray[np.float64] = tokens[:, 0].double().numpy()
        return features


class TransformersSegmenter:
    """A semantic segmenter that somebody trained, with its labels matched to the class table by name."""

    def __init__(self, folder: Path, classes: ClassTable) -> None:
        """Load a local folder with `config.json`, `preprocessor_config.json` and `*.safetensors`.

        Args:
            folder: Of the model.
            classes: What the layouts' ids mean.

        Raises:
            SimsError: See `load_network`; or a category of the table that the network does not know.
        """
        self._network = load_network("AutoModelForSemanticSegmentation", folder)
        config = self._network.config
        self._label_ids = match_labels(config.id2label, classes, folder / "config.json")
        self._mean, self._std = _read_normalisation(folder / "preprocessor_config.json")
        num_others = len(config.id2label) - len(classes)
        self.protocol = {
            "segmenter": f"{config.model_type} of {len(config.id2label)} labels, {num_others} of them not in the class "
            "table and never predicted",
            "segmenter_weights_sha256": weights_sha256(folder),
            "segmenter_input": f"pictures at the size they have, mean {list(self._mean)}, standard "
            f"deviation {list(self._std)}; logits enlarged bilinearly, then the largest",
        }

    def __call__(self, pictures: NDArray[np.uint8]) -> Segmented:
        """Label (B, H, W, 3) uint8 RGB pictures; features are not taken from it."""
        planes = torch.from_numpy(np.ascontiguousarray(np.moveaxis(pictures, -1, 1))).float() / 255
        with torch.inference_mode():
            logits = self._network(pixel_values=_normalised(planes, self._mean, self._std)).logits[:, self._label_ids]
            enlarged = torch.nn.functional.interpolate(
                logits, size=pictures.shape[1:3], mode="bilinear", align_corners=False
            )
        return Segmented(enlarged.argmax(dim=1).numpy(), None)


def match_labels(id2label: dict[int, str], classes: ClassTable, where: object) -> list[int]:
    """Return the network's label id of every category, in the order of the class table.

    Names are compared without regard to case, hyphens and underscores.

    Raises:
        SimsError: A category has no label of its name.
    """
    ids = {_plain(label): int(label_id) for label_id, label in id2label.items()}
    missing = [name for name in classes.names if _plain(name) not in ids]
    if missing:
        raise SimsError(
            where,
            f"the network has no label for {len(missing)} of {len(classes)} categories",
            expected=f"labels named {', '.join(missing[:5])}{', ...' if len(missing) > 5 else ''}",
            found=", ".join(list(id2label.values())[:5]) + (", ..." if len(id2label) > 5 else ""),
            remedy="use a segmenter of this dataset's categories, or a class table with the network's names",
        )
    return [ids[_plain(name)] for name in classes.names]


def _read_normalisation(path: Path) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation of the channels, for pictures in [0, 1]."""
    try:
        content = read_json(path)
        mean, std = ([float(value) for value in content[key]] for key in ("image_mean", "image_std"))
        if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
            raise ValueError(f"{mean} and {std}")
        return mean, std
    except (ValueError, KeyError, TypeError) as error:
        raise SimsError(
            path,
            "does not say how pictures are normalised",
            expected="image_mean and image_std, three numbers each",
            found=repr(error),
        ) from error


def _normalised(planes: torch.Tensor, mean: Any, std: Any) -> torch.Tensor:
    """(B, 3, H, W) in [0, 1] -> with the mean and standard deviation of the three channels taken out."""
    as_planes = [torch.tensor(list(values), dtype=torch.float32)[:, None, None] for values in (mean, std)]
    return (planes - as_planes[0]) / as_planes[1]


def _plain(name: str) -> str:
    return re.sub(r"[-_\s]+", " ", name).strip().lower()
