"""Pictures for people: contact sheets with captions, and provenance as colours."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
_GOLDEN_ANGLE = 0.381966
_PAPER: Colour = (250, 249, 246)
_INK: Colour = (40, 40, 44)
_FAINT: Colour = (120, 120, 126)
_NUMBERED_WIDTH_PX = 1024


@dataclass(frozen=True)
class Tile:
    """One picture of a contact sheet, (H, W, 3) uint8 RGB, with a caption below and a fainter second line."""

    picture: NDArray[np.uint8]
    caption: str
    note: str = ""


def source_colours(num_sources: int) -> list[Colour]:
    """Return distinct colours; the first ones stay the same whatever the number.

    Hues step by the golden angle, so neighbours in the list are far apart on the colour wheel;
    lightness alternates over three levels to keep apart the hues that come close again.
    """
    colours: list[Colour] = []
    for index in range(num_sources):
        lightness = (0.62, 0.48, 0.74)[index % 3]
        channels = colorsys.hls_to_rgb((0.58 + index * _GOLDEN_ANGLE) % 1, lightness, 0.62)
        red, green, blue = (round(255 * channel) for channel in channels)
        colours.append((red, green, blue))
    return colours


def provenance_picture(provenance: NDArray[np.uint16], photo_ids: Sequence[str]) -> NDArray[np.uint8]:
    """Colour each pixel by the photo that it came from; black = invented by the network.

    Args:
        provenance: (H, W) uint16, 0 = none, i = the segment i of `photo_ids`.
        photo_ids: The source photo of each segment; photos take colours in order of first appearance.

    Returns:
        (H, W, 3) uint8 RGB; borders between segments are drawn darker.
    """
    photos = list(dict.fromkeys(photo_ids))
    colour_of = dict(zip(photos, source_colours(len(photos)), strict=True))
    palette = np.array([(0, 0, 0), *(colour_of[photo] for photo in photo_ids)], dtype=np.uint8)
    picture = palette[provenance]
    _darken_borders(picture, provenance)
    return picture


def numbered_picture(picture: NDArray[np.uint8], masks: Mapping[int, NDArray[np.bool_]]) -> NDArray[np.uint8]:
    """Draw the borders of regions, and in each its number where it is widest.

    Args:
        picture: (H, W, 3) uint8 RGB.
        masks: (H, W) bool by number; they do not overlap, and none is empty.

    Returns:
        The picture, enlarged by a whole number to a width of 1024 px at least, so that numbers find room.
    """
    scale = -(-_NUMBERED_WIDTH_PX // picture.shape[1])
    regions, places = np.zeros(picture.shape[:2], dtype=np.uint16), {}
    for index, (number, mask) in enumerate(masks.items(), start=1):
        regions[mask] = index
        # With a rim around the frame, so that no number is cut off by it.
        depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        places[number] = divmod(int(depth.argmax()), picture.shape[1])
    enlarged = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    _darken_borders(enlarged, regions.repeat(scale, axis=0).repeat(scale, axis=1))
    image = Image.fromarray(enlarged)
    draw = ImageDraw.Draw(image)
    for number, (row, column) in places.items():
        middle = ((column + 0.5) * scale, (row + 0.5) * scale)
        draw.text(middle, str(number), fill=_INK, font=_font(18), anchor="mm", stroke_width=2, stroke_fill=_PAPER)
    return np.asarray(image, dtype=np.uint8)


def fit(picture: NDArray[np.uint8], height_px: int, width_px: int) -> NDArray[np.uint8]:
    """Scale a picture into a cell, keeping its proportions, centred on paper colour.

    Enlarges by the nearest neighbour: a small segment shows its own pixels.
    """
    scale = min(height_px / picture.shape[0], width_px / picture.shape[1])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    scaled = cv2.resize(picture, size, interpolation=method)
    cell = np.empty((height_px, width_px, 3), dtype=np.uint8)
    cell[:] = _PAPER
    top, left = (height_px - size[1]) // 2, (width_px - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = scaled
    return cell


def on_paper(crop: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return an (h, w, 3) crop with everything outside its mask in paper colour."""
    shown = crop.copy()
    shown[~mask] = _PAPER
    return shown


def contact_sheet(
    tiles: Sequence[Tile], num_columns: int, cell_height_px: int, cell_width_px: int, title: str = ""
) -> NDArray[np.uint8]:
    """Arrange captioned pictures in rows of `num_columns`; return the (H, W, 3) uint8 RGB sheet."""
    gap_px, line_px = 12, 15
    notes = any(tile.note for tile in tiles)
    caption_px = line_px * (2 if notes else 1) + 6
    header_px = 34 if title else 0
    num_columns = max(1, min(num_columns, len(tiles)))
    num_rows = -(-len(tiles) // num_columns)
    width_px = gap_px + num_columns * (cell_width_px + gap_px)
    height_px = header_px + gap_px + num_rows * (cell_height_px + caption_px + gap_px)
    sheet = Image.new("RGB", (width_px, height_px), _PAPER)
    draw = ImageDraw.Draw(sheet)
    if title:
        draw.text((gap_px, gap_px), title, fill=_INK, font=_font(18))
    for index, tile in enumerate(tiles):
        left = gap_px + (index % num_columns) * (cell_width_px + gap_px)
        top = header_px + gap_px + (index // num_columns) * (cell_height_px + caption_px + gap_px)
        sheet.paste(Image.fromarray(fit(tile.picture, cell_height_px, cell_width_px)), (left, top))
        below = top + cell_height_px + 3
        draw.text((left, below), _shortened(tile.caption, cell_width_px), fill=_INK, font=_font(12))
        draw.text((left, below + line_px), _shortened(tile.note, cell_width_px), fill=_FAINT, font=_font(12))
    return np.asarray(sheet, dtype=np.uint8)


def _darken_borders(picture: NDArray[np.uint8], regions: NDArray[np.uint16]) -> None:
    """Darken (H, W, 3) uint8 in place where (H, W) regions of different numbers meet."""
    border = np.zeros(regions.shape, dtype=bool)
    border[:, 1:] |= regions[:, 1:] != regions[:, :-1]
    border[1:] |= regions[1:] != regions[:-1]
    picture[border] = (picture[border] * 0.6).astype(np.uint8)


def _shortened(text: str, width_px: int) -> str:
    """Cut the middle out of a text that is wider than its cell."""
    font = _font(12)
    if font.getlength(text) <= width_px:
        return text
    for kept in range(len(text) - 1, 1, -1):
        tail = kept // 2
        shorter = f"{text[: kept - tail]}…{text[len(text) - tail :]}"
        if font.getlength(shorter) <= width_px:
            return shorter
    return "…"


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)
