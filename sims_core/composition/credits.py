"""Credits: whose photos a picture is made of, with the share of pixels of each."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict

import numpy as np

from sims_core.formats.canvases import Canvas


class PhotoCredit(TypedDict):
    """One source photo: its share of the picture's pixels and the segments taken from it."""

    photo: str
    licence: str
    share_of_pixels: float
    segments: list[str]


class Credits(TypedDict):
    """The content of a credits file; the shares of photos and the invented share add up to 1."""

    height_px: int
    width_px: int
    share_invented: float
    photos: list[PhotoCredit]
    banned: list[str]


def credits_of(canvas: Canvas, banned: Collection[str] = ()) -> Credits:
    """Return the credits of a canvas, the largest share first (ties by photo id).

    A photo whose segments were completely covered by others is not listed: no pixel of it is shown.
    Pixels without provenance are invented by the synthesis network.

    Args:
        canvas: What was pasted.
        banned: Ids of the photos and segments that were kept from it, for the record.
    """
    counts = np.bincount(canvas.provenance.ravel(), minlength=len(canvas.segment_ids) + 1)
    num_pixels = canvas.provenance.size
    shares: dict[str, PhotoCredit] = {}
    pixels: dict[str, int] = {}
    for index, segment_id in enumerate(canvas.segment_ids, start=1):
        if counts[index] == 0:
            continue
        photo = canvas.photo_ids[index - 1]
        entry = shares.setdefault(
            photo,
            PhotoCredit(photo=photo, licence=canvas.licences[index - 1], share_of_pixels=0.0, segments=[]),
        )
        entry["segments"].append(segment_id)
        pixels[photo] = pixels.get(photo, 0) + int(counts[index])
    for photo, entry in shares.items():
        entry["share_of_pixels"] = pixels[photo] / num_pixels
    return Credits(
        height_px=canvas.provenance.shape[0],
        width_px=canvas.provenance.shape[1],
        share_invented=int(counts[0]) / num_pixels,
        photos=sorted(shares.values(), key=lambda entry: (-entry["share_of_pixels"], entry["photo"])),
        banned=sorted(banned),
    )
