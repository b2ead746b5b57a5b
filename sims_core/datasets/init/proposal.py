"""What `sims data init` proposes for a folder, and what its ways of finding out share."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims_core.base.picture_files import picture_size

LICENCE = "unknown, fill in prepare.source.licence"


@dataclass(frozen=True)
class Proposal:
    """What was found out about a folder.

    Attributes:
        source: The section `prepare.source`.
        num_photos: For training and for validation.
        photo_size: (height, width) of most photos in pixels, None where they lie in one file with the rest.
        class_table: The text of a class table to write, None where there is one.
        said: What a user must know, a line each.
    """

    source: dict[str, Any]
    num_photos: tuple[int, int]
    photo_size: tuple[int, int] | None
    class_table: str | None
    said: list[str]


def path_in_source(folder: Path, table: Path) -> str:
    """Return how `prepare.source.classes` names a class table: from the folder, else from the project's folder."""
    if table.is_relative_to(folder):
        return table.relative_to(folder).as_posix()
    # A table of the same name in the folder would be found first.
    return (Path(os.path.abspath(table)) if (folder / table).is_file() else table).as_posix()


def common_size(paths: Sequence[Path]) -> tuple[int, int]:
    """Return the (height, width) that most of the photos have, from their headers."""
    return Counter(map(picture_size, paths)).most_common(1)[0][0]
