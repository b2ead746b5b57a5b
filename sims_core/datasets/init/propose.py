"""A preset, made to fit a dataset: its frame, and the numbers that depend on how many photos there are."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from sims_core.scenes.halvings import most_halvings

_MULTIPLE_PX = 16
_LEAST_PX = 32
# Below these, the lengths of the trainings that suit real photos at 192 rows are too long.
_FEW_PHOTOS = 100
_LOW_PX = 192


def choose_preset(num_photos: int, height_px: int) -> str:
    """Return the preset for a folder of photos: `demo` for few or small ones, else `camvid`."""
    return "demo" if num_photos < _FEW_PHOTOS or height_px < _LOW_PX else "camvid"


def choose_frame(preset_frame: tuple[int, int], photo_size: tuple[int, int]) -> tuple[int, int]:
    """Return the (height, width) of scenes: as many pixels as the preset has, in the photos' proportions.

    Multiples of 16, so that networks can halve them, and no larger than the photos as far as those have 32 pixels.

    Args:
        preset_frame: (height, width) in pixels.
        photo_size: (height, width) in pixels of most photos.
    """
    area = preset_frame[0] * preset_frame[1]
    height_px, width_px = photo_size
    scale = min(1.0, (area / (height_px * width_px)) ** 0.5)
    height = _to_multiple(height_px * scale, height_px)
    return height, _to_multiple(height * width_px / height_px, width_px)


def _to_multiple(length_px: float, most_px: int) -> int:
    wanted = round(length_px / _MULTIPLE_PX)
    return max(_LEAST_PX, _MULTIPLE_PX * min(wanted, most_px // _MULTIPLE_PX))


def read_preset(text: str) -> Any:
    """Return a complete preset's content with the comments inside it; those at its top describe another dataset."""
    lines = text.splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return _yaml().load("".join(lines[first:]))


def fit_preset(
    content: Any, source: dict[str, Any], frame: tuple[int, int], num_photos: tuple[int, int], has_depth: bool
) -> None:
    """Change the content of a preset so that it is valid for a dataset.

    Args:
        content: Of the preset, changed in place.
        source: The section `prepare.source`.
        frame: (height, width) of the scenes in pixels.
        num_photos: For training and for validation.
        has_depth: Whether the dataset comes with depth, which the depth network can then learn from.
    """
    height_px, width_px = frame
    before = content["prepare"]
    grid, synthesis = content["extract_bank"], content["synthesis"]
    grid["grid_height"] = max(8, round(grid["grid_height"] * height_px / before["height_px"]))
    grid["grid_width"] = max(8, round(grid["grid_width"] * width_px / before["width_px"]))
    num_resolutions = len(synthesis["resolutions"])
    for level in range(num_resolutions):
        synthesis["resolutions"][level] = height_px >> (num_resolutions - 1 - level)
    before["height_px"], before["width_px"] = height_px, width_px
    before["source"] = {key: _on_one_line(value) for key, value in source.items()}
    if not has_depth:
        content["depth"]["source"] = "synthetic_street"
    num_train, num_val = num_photos
    trainer, evaluate = content["trainer"], content["evaluate"]
    trainer["num_validation_scenes"] = min(trainer["num_validation_scenes"], num_train // 4)
    evaluate["kernel_subset_size"] = min(evaluate["kernel_subset_size"], max(2, num_val // 2))
    crn, pix2pix, deepest = content["crn"], content["pix2pix"], most_halvings(frame)
    crn["num_modules"] = min(crn["num_modules"], deepest + 1)
    pix2pix["num_levels"] = min(pix2pix["num_levels"], deepest)


def parameters_text(content: Any, heading: Sequence[str]) -> str:
    """Return parameters as YAML below a comment."""
    text = io.StringIO()
    _yaml().dump(content, text)
    # Putting in a source of its own takes the blank line below the old one with it.
    spaced = re.sub(r"^(?!#)(.+)\n(?=\w+:$)", r"\1\n\n", text.getvalue(), flags=re.MULTILINE)
    return "".join(f"# {line}\n" for line in heading) + spaced


def _on_one_line(value: Any) -> Any:
    """Return a list as one that YAML writes as [1, 2, 3], anything else as it is."""
    if not isinstance(value, list):
        return value
    line = CommentedSeq(value)
    line.fa.set_flow_style()
    return line


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
