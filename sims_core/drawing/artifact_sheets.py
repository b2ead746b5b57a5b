"""Contact sheets of a project's artifacts: what the memory bank, the scenes and the results look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sims_core.drawing.bank_sheet import BLANK, evenly_spaced
from sims_core.drawing.contact_sheet import Tile, contact_sheet, on_paper, provenance_picture
from sims_core.formats.bank import BankReader
from sims_core.formats.canvases import Canvas, CanvasReader
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import SceneReader
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.scene import Split


def scenes_sheet(scenes: SceneReader, split: Split, num_scenes: int) -> NDArray[np.uint8]:
    """Show photos with their layouts, evenly spaced over a split."""
    ids = scenes.ids(split)
    tiles = []
    for index in evenly_spaced(len(ids), num_scenes):
        scene = scenes.load(ids[index])
        pair = np.concatenate([scene.photo, scenes.classes.colourise(scene.labels)], axis=1)
        tiles.append(Tile(pair, scene.scene_id, scene.licence))
    height_px, width_px = tiles[0].picture.shape[:2]
    cell_width_px = 440
    title = f"Scenes of split {split}: {len(ids)}"
    return contact_sheet(tiles, 2, round(height_px * cell_width_px / width_px), cell_width_px, title)


def results_sheet(
    scenes: SceneReader, canvases: CanvasReader, images: Mapping[tuple[str, int], NDArray[np.uint8]], num_scenes: int
) -> NDArray[np.uint8]:
    """Show how layouts became photographs, one per row: layout, canvas, photograph, provenance.

    Args:
        scenes: Where the layouts are.
        canvases: The composed canvases.
        images: (H, W, 3) uint8 RGB photographs by (scene id, variant); rows are evenly spaced over these.
        num_scenes: How many rows.
    """
    keys = sorted(images)
    tiles = []
    for index in evenly_spaced(len(keys), num_scenes):
        scene, canvas = scenes.load(keys[index][0]), canvases.load(*keys[index])
        tiles += [
            *result_tiles(scenes.classes.colourise(scene.labels), canvas, images[keys[index]], scene.scene_id),
            Tile(provenance_picture(canvas.provenance, canvas.photo_ids), "provenance", "one colour per photo"),
        ]
    return results_grid(tiles, 4)


def result_tiles(
    layout: NDArray[np.uint8], canvas: Canvas, photo: NDArray[np.uint8], note: str
) -> tuple[Tile, Tile, Tile]:
    """Return layout, canvas and photograph side by side.

    Args:
        layout: (H, W, 3) uint8 RGB, in its colours.
        canvas: What was made of it.
        photo: (H, W, 3) uint8 RGB, what was made of that.
        note: Below the layout.
    """
    num_photos = len(set(canvas.photo_ids))
    invented = 1 - float(canvas.known.mean())
    return (
        Tile(layout, "layout", note),
        Tile(canvas.canvas, "canvas", f"{len(canvas.segment_ids)} segments of {num_photos} photos"),
        Tile(photo, "photograph", f"{invented:.0%} of the pixels invented"),
    )


def results_grid(tiles: Sequence[Tile], num_columns: int, title: str = "") -> NDArray[np.uint8]:
    """Arrange pictures of one size as a contact sheet."""
    height_px, width_px = tiles[0].picture.shape[:2]
    cell_width_px = 288
    return contact_sheet(tiles, num_columns, round(height_px * cell_width_px / width_px), cell_width_px, title)


def candidates_sheet(
    bank: BankReader, classes: ClassTable, matches: Sequence[ComponentMatches], num_shown: int
) -> NDArray[np.uint8]:
    """Show the best candidates of each component that has some, one row each, with what a pin calls them."""
    tiles = []
    for match in matches:
        category = classes.names[match.category]
        shown = list(zip(match.segment_ids, match.scores, strict=True))[:num_shown]
        for segment_id, score in shown:
            segment = bank.segment(segment_id, category)
            note = f"{match.component} {category}, score {score:.2f}"
            tiles.append(Tile(on_paper(segment.crop, segment.mask), segment_id, note))
        if shown:
            tiles += [BLANK] * (num_shown - len(shown))
    return contact_sheet(tiles, num_shown, cell_height_px=96, cell_width_px=176, title="Candidates by component")
