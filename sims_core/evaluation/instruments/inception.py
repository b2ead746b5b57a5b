"""Features of a TorchScript file given by path: the form in which the Inception network of FID is distributed.

A TorchScript file holds the network's code beside its weights and needs no other library. Nothing is
downloaded; docs/evaluation.md says which file the published figures were computed with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.files import sha256_of
from sims_core.evaluation.instruments.resizing import resize_planes

_INPUT_PX = 299
_FEATURES_ARGUMENT = "return_features"
_REMEDY = "see docs/evaluation.md#features"


class TorchScriptInception:
    """Calls the file with (B, 3, H, W) uint8 RGB, as the FID's own file wants it, and with `return_features=True`.

    `inception` hands pictures over as they are: the file resizes them, by bilinear interpolation without
    antialias in the file of the FID. `inception_clean` resizes them to 299 x 299 first, by Pillow's bicubic
    filter with antialias, as Parmar et al. (2022) showed to be needed for figures to be comparable.
    """

    def __init__(self, path: Path, clean: bool) -> None:
        """Load a file.

        Args:
            path: Of the TorchScript file.
            clean: Resize with antialias before the file sees a picture.

        Raises:
            SimsError: No such file, or it is no TorchScript.
        """
        if not path.is_file():
            raise SimsError(path, "TorchScript file not found", remedy=_REMEDY)
        try:
            self._network = torch.jit.load(str(path), map_location="cpu").eval()  # type: ignore[no-untyped-call]
        except (RuntimeError, ValueError) as error:
            found = str(error).strip().split("\n")[0][:120]
            raise SimsError(path, "is no TorchScript file", found=found, remedy=_REMEDY) from error
        self._path = path
        self._clean = clean
        arguments = [argument.name for argument in self._network.forward.schema.arguments]
        self._options = {_FEATURES_ARGUMENT: True} if _FEATURES_ARGUMENT in arguments else {}
        self.name = "inception_clean" if clean else "inception"
        self.protocol: dict[str, Any] = {
            "weights_sha256": sha256_of(path),
            "input": f"{_INPUT_PX} x {_INPUT_PX}, float32 RGB in [0, 255]"
            if clean
            else "pictures as they are, uint8 RGB",
            "resize_filter": "Pillow bicubic on float32 channels" if clean else "the file's own",
            "antialias": "yes" if clean else "the file's own (the FID's file has none)",
            "call": "with return_features=True" if self._options else "with the pictures alone",
        }

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Turn (B, H, W, 3) uint8 RGB pictures into (B, F) float64 features.

        Raises:
            SimsError: The file gives something else than one row of features per picture.
        """
        planes = resize_planes(pictures, _INPUT_PX) if self._clean else np.moveaxis(pictures, -1, 1)
        with torch.inference_mode():
            try:
                features = self._network(torch.from_numpy(np.ascontiguousarray(planes)), **self._options)
            except RuntimeError as error:
                found = str(error).strip().split("\n")[-1][:160]
                raise SimsError(self._path, "cannot be called with (B, 3, H, W) pictures", found=found) from error
        shape = tuple(features.shape) if isinstance(features, torch.Tensor) else type(features).__name__
        if not isinstance(features, torch.Tensor) or features.ndim != 2 or len(features) != len(pictures):
            raise SimsError(self._path, "gives no features", expected=f"({len(pictures)}, F)", found=shape)
        return features.double().numpy()
