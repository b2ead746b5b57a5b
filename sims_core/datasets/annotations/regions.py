"""Regions that somebody outlined in a photo, and the label map and instance map that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon

from sims_core.base.errors import SimsError
from sims_core.scenes.classes import VOID

Mask = NDArray[np.bool_]
# (height, width) of the photo in pixels -> (H, W) bool.
Draw = Callable[[tuple[int, int]], Mask]
# [x, y, x, y, ...] in pixels; the first pixel reaches from (0, 0) to (1, 1).
Corners = tuple[float, ...]
MAX_INSTANCES = 65535


@dataclass(frozen=True)
class Region:
    """What one annotation covers.

    Attributes:
        category: Its name in the annotation tool.
        draw: Makes its mask; picklable.
        instance: Regions of one instance share it; None where it is no single instance.
        layer: Higher ones lie on top.
    """

    category: str
    draw: Draw
    instance: int | None
    layer: int = 0


@dataclass(frozen=True)
class AnnotatedPhoto:
    """The annotations of a photo.

    Attributes:
        name: Of the photo's file, with the folders that the annotations name, separated by slashes.
        where: The file that the annotations are in.
        subset: What the tool calls the split, "" where it has none.
        size: (height, width) in pixels that was annotated; None where the annotations do not say it.
        regions: Later ones lie on top.
        is_by_size: Whether smaller regions lie on top instead.
    """

    name: str
    where: Path
    subset: str
    size: tuple[int, int] | None
    regions: tuple[Region, ...]
    is_by_size: bool = False


@dataclass(frozen=True)
class Annotations:
    """All annotations of a dataset.

    Attributes:
        categories: Their names in the annotation tool, in its order.
        photos: The photos that were annotated.
        num_boxes: How many boxes there are, which outline nothing.
        colours: RGB by category, of those that the tool gives one.
    """

    categories: tuple[str, ...]
    photos: tuple[AnnotatedPhoto, ...]
    num_boxes: int
    colours: Mapping[str, tuple[int, int, int]]


def fill_polygons(size: tuple[int, int], outer: Sequence[Corners], inner: Sequence[Corners] = ()) -> Mask:
    """Return the pixels whose centres lie in any of some polygons, and in none of their holes.

    Args:
        size: (height, width) in pixels.
        outer: The polygons.
        inner: The holes.
    """
    mask = np.zeros(size, dtype=bool)
    for polygons, value in ((outer, True), (inner, False)):
        for corners in polygons:
            # Rows and columns count from the centre of the first pixel.
            mask[polygon(np.array(corners[1::2]) - 0.5, np.array(corners[::2]) - 0.5, size)] = value
    return mask


def paint(
    photo: AnnotatedPhoto, size: tuple[int, int], ids: Mapping[str, int], unannotated: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Paint the regions of a photo over each other, from the lowest layer to the highest.

    Within a layer the later region lies on top, or where `is_by_size`, the smaller one.

    Args:
        photo: The annotations.
        size: (height, width) in pixels.
        ids: The category id of each category's name, 255 = void.
        unannotated: The category id where there is no region, 255 = void.

    Returns:
        (H, W) uint8 category ids; (H, W) uint16 instances: 0 = none, numbered from 1 in the order of the regions.

    Raises:
        SimsError: A region cannot be drawn, has another size than the photo, or there are too many instances.
    """
    if photo.size is not None and photo.size != size:
        raise SimsError(
            photo.where,
            f"annotations of {photo.name} are for another size than the photo's",
            expected=f"{size[1]}x{size[0]}",
            found=f"{photo.size[1]}x{photo.size[0]}",
            remedy="annotate the photo as a viewer shows it, upright and unscaled",
        )
    found = {region.instance for region in photo.regions if region.instance is not None}
    if len(found) > MAX_INSTANCES:
        raise SimsError(photo.where, f"{photo.name} has {len(found):,} instances", expected=f"at most {MAX_INSTANCES}")
    numbers: dict[int | None, int] = {None: 0}
    for region in photo.regions:
        numbers.setdefault(region.instance, len(numbers))
    labels = np.full(size, unannotated, dtype=np.uint8)
    instances = np.zeros(size, dtype=np.uint16)
    for region, mask in _from_below(photo, size):
        labels[mask] = ids[region.category]
        instances[mask] = 0 if ids[region.category] == VOID else numbers[region.instance]
    return labels, instances


def _from_below(photo: AnnotatedPhoto, size: tuple[int, int]) -> list[tuple[Region, Mask]]:
    masks = [(region, region.draw(size)) for region in photo.regions]
    for _, mask in masks:
        if mask.shape != size:
            raise SimsError(
                photo.where,
                f"a mask of {photo.name} has another size than the photo",
                expected=f"{size[1]}x{size[0]}",
                found=f"{mask.shape[1]}x{mask.shape[0]}",
            )
    return sorted(masks, key=lambda own: (own[0].layer, -int(own[1].sum()) if photo.is_by_size else 0))
