"""Networks of the Hugging Face `transformers` library from a local folder: DINOv2 features, and segmenters.

The library is an optional extra (`pip install sims[transformers]`). Nothing is downloaded: a folder that
is not there is an error, and weights are read from safetensors files alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.classes import ClassTable
from sims_core.errors import SimsError
from sims_core.evaluation.resizing import resize_planes
from sims_core.evaluation.scoring import Segmented
from sims_core.files import sha256_of

_DINO_INPUT_PX = 224
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class DinoV2:
    """The class token of a DINOv2 network, after its last normalisation."""

    name = "dinov2"

    def __init__(self, folder: Path) -> None:
        """Load a local folder with `config.json` and `*.safetensors`; see `_load` for errors."""
        self._network = _load("AutoModel", folder)
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
            SimsError: See `_load`; or a category of the table that the network does not know.
        """
        self._network = _load("AutoModelForSemanticSegmentation", folder)
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


def weights_sha256(folder: Path) -> str:
    """Return the SHA-256 of a model's weights: of the file, or of the list of digests where there are several."""
    digests = [f"{sha256_of(path)}  {path.name}\n" for path in sorted(folder.glob("*.safetensors"))]
    if len(digests) == 1:
        return digests[0].split()[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _load(auto_class: str, folder: Path) -> Any:
    """Load a network in evaluation mode.

    Raises:
        SimsError: The library is not installed, there is no such folder, or it holds no such network.
    """
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise SimsError(
            folder,
            "is no local transformers model",
            expected="config.json and *.safetensors",
            remedy="nothing is downloaded; see docs/evaluation.md#features",
        )
    try:
        import transformers
    except ImportError as error:
        raise SimsError(
            folder, "needs the library transformers", remedy="pip install 'transformers>=5' (extra 'transformers')"
        ) from error
    try:
        network, loading = getattr(transformers, auto_class).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        found = " ".join(str(error).split())[:160]
        raise SimsError(folder, f"cannot be loaded as {auto_class}", found=found) from error
    # The library would fill what a file lacks with random numbers, and only log that.
    if loading["missing_keys"]:
        missing = sorted(loading["missing_keys"])
        raise SimsError(folder, f"lacks weights of {auto_class}", found=f"no '{missing[0]}' ({len(missing)} missing)")
    return network.eval()


def _read_normalisation(path: Path) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation of the channels, for pictures in [0, 1]."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [float(value) for value in content["image_mean"]], [float(value) for value in content["image_std"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SimsError(
            path, "does not say how pictures are normalised", expected="image_mean and image_std", found=repr(error)
        ) from error


def _normalised(planes: torch.Tensor, mean: Any, std: Any) -> torch.Tensor:
    """(B, 3, H, W) in [0, 1] -> with the mean and standard deviation of the three channels taken out."""
    as_planes = [torch.tensor(list(values), dtype=torch.float32)[:, None, None] for values in (mean, std)]
    return (planes - as_planes[0]) / as_planes[1]


def _plain(name: str) -> str:
    return re.sub(r"[-_\s]+", " ", name).strip().lower()
