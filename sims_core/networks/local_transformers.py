"""Networks of the Hugging Face `transformers` library from a local folder.

The library is an optional extra (`pip install sims[transformers]`). Nothing is downloaded: a folder that
is not there is an error, and weights are read from safetensors files alone.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.base.files import sha256_of


def weights_sha256(folder: Path) -> str:
    """Return the SHA-256 of a model's weights: of the file, or of the list of digests where there are several."""
    digests = [f"{sha256_of(path)}  {path.name}\n" for path in sorted(folder.glob("*.safetensors"))]
    if len(digests) == 1:
        return digests[0].split()[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def load_network(auto_class: str, folder: Path) -> Any:
    """Load a network in evaluation mode.

    Args:
        auto_class: The library's class that knows networks for this purpose, such as "AutoModel".
        folder: With `config.json` and `*.safetensors`.

    Raises:
        SimsError: The library is not installed, there is no such folder, or it holds no such network.
    """
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise SimsError(
            folder,
            "is no local transformers model",
            expected="config.json and *.safetensors",
            remedy="nothing is downloaded; put the model's files there",
        )
    transformers = _library(folder)
    try:
        network, loading = getattr(transformers, auto_class).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise SimsError(folder, f"cannot be loaded as {auto_class}", found=_in_one_line(error)) from error
    # The library would fill what a file lacks with random numbers, and only log that.
    if loading["missing_keys"]:
        missing = sorted(loading["missing_keys"])
        raise SimsError(folder, f"lacks weights of {auto_class}", found=f"no '{missing[0]}' ({len(missing)} missing)")
    return network.eval()


def load_image_processor(folder: Path) -> Any:
    """Load what brings pictures into the form that a network wants, and what it gives back into theirs.

    Args:
        folder: With `preprocessor_config.json`.

    Raises:
        SimsError: The library is not installed, there is no such file, or nothing here can do what it says.
    """
    transformers = _library(folder)
    try:
        # Of the two implementations the one that is always there, so that results do not depend on what is installed.
        return transformers.AutoImageProcessor.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, backend="pil"
        )
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        where = folder / "preprocessor_config.json"
        raise SimsError(where, "cannot be loaded as AutoImageProcessor", found=_in_one_line(error)) from error


def _library(folder: Path) -> Any:
    try:
        import transformers
    except ImportError as error:
        raise SimsError(
            folder, "needs the library transformers", remedy="pip install 'transformers>=5' (extra 'transformers')"
        ) from error
    return transformers


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
