"""`sims dataset render`: layouts for free, from the renderer of synthetic streets, in a project's categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.files import atomic_folder, write_json
from sims_core.base.parallel import parallel_map
from sims_core.base.pictures import encode_png
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.layouts.files import encode_layout
from sims_core.layouts.translation import map_categories
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.scenes.street_categories import CANONICAL
from sims_core.usefulness.asked import IMAGES, INSTANCES, LABELS
from sims_core.usefulness.make import check_new


@dataclass(frozen=True, kw_only=True)
class SceneRenderer:
    """Renders scenes by name and encodes them; can be pickled.

    Attributes:
        seed: The project's.
        frame: (height, width) in pixels.
        lookup: (256,) uint8: the project's category of each of the renderer's, 255 = void.
        classes: The project's class table.
    """

    seed: int
    frame: tuple[int, int]
    lookup: NDArray[np.uint8]
    classes: ClassTable

    def __call__(self, name: str) -> tuple[str, dict[str, bytes]]:
        """Return the name and the PNG bytes of picture, label map and instances by folder."""
        scene = render_scene(self.seed, name, "train", *self.frame)
        labels = self.lookup[scene.labels]
        numbers = np.zeros_like(labels, dtype=np.uint16) if scene.instances is None else scene.instances
        return name, {
            IMAGES: encode_png(scene.photo),
            LABELS: encode_layout(labels, self.classes),
            INSTANCES: encode_png(np.where(labels == VOID, np.uint16(0), numbers)),
        }


def render_layouts(
    num_scenes: int,
    classes: ClassTable,
    frame: tuple[int, int],
    seed: int,
    extra: Mapping[str, str | None],
    out: Path,
) -> list[str]:
    """Write images/, labels/ and instances/ of rendered streets, and the class table, into a new folder.

    The first scenes of a larger number are those of a smaller one. None is a scene of the embedded dataset.

    Args:
        num_scenes: How many.
        classes: The project's class table.
        frame: (height, width) in pixels of its pictures.
        seed: The project's.
        extra: The user's own counterparts of categories, see `map_categories`.
        out: The folder; new or empty.

    Returns:
        Names of the renderer's categories that the project has no counterpart of; they are void.

    Raises:
        SimsError: `out` holds something, or no category has a counterpart.
    """
    check_new(out)
    mapping = map_categories(CANONICAL, classes, extra)
    renderer = SceneRenderer(seed=seed, frame=frame, lookup=mapping.lookup, classes=classes)
    names = [f"rendered-{index:05d}" for index in range(num_scenes)]
    with atomic_folder(out) as temporary:
        for folder in (IMAGES, LABELS, INSTANCES):
            (temporary / folder).mkdir()
        write_json(temporary / "classes.json", classes.model_dump(mode="json"))
        for name, parts in parallel_map(renderer, names, "render scenes"):
            for folder, data in parts.items():
                (temporary / folder / f"{name}.png").write_bytes(data)
    return list(mapping.unmapped)
