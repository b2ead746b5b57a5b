"""The scenes of a run as picture files: for other methods, other tools, and `sims evaluate`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_folder
from sims_core.base.parallel import progress_bar
from sims_core.base.pictures import write_png
from sims_core.formats.scenes import SceneReader
from sims_core.layouts.files import write_layout
from sims_core.scenes.scene import Scene, Split


def export_scenes(
    reader: SceneReader, split: Split, folder: Path, coarsened: Callable[[Scene], NDArray[np.uint8]] | None = None
) -> int:
    """Write photos/ID.png, layouts/ID.png (indexed, values are category ids) and classes.json into a folder.

    Args:
        reader: The scenes.
        split: Which of them.
        folder: Where to write; new, or empty.
        coarsened: Returns the coarse layout of a scene, (H, W) uint8 ids, 255 = void; it goes to coarse/ID.png.

    Returns:
        How many scenes.

    Raises:
        SimsError: The folder holds something; nothing is written then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SimsError(folder, "is there already", expected="a new or empty folder", remedy="name another with -o")
    ids = reader.ids(split)
    with atomic_folder(folder) as temporary, progress_bar() as progress:
        shutil.copyfile(reader.folder / "classes.json", temporary / "classes.json")
        task = progress.add_task("export scenes", total=len(ids), note="")
        for scene_id in ids:
            scene = reader.load(scene_id)
            write_png(temporary / "photos" / f"{scene_id}.png", scene.photo)
            write_layout(temporary / "layouts" / f"{scene_id}.png", scene.labels, reader.classes)
            if coarsened is not None:
                write_layout(temporary / "coarse" / f"{scene_id}.png", coarsened(scene), reader.classes)
            progress.advance(task)
    return len(ids)
