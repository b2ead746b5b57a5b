"""Folders of PNG files as input of the evaluation: matched by stem, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from sims_core.base.errors import SimsError
from sims_core.base.picture_files import picture_size
from sims_core.base.pictures import resize_nearest
from sims_core.base.read_pictures import read_photo
from sims_core.evaluation.instruments.resizing import ResizeFilter, resize_picture
from sims_core.evaluation.rows import BOUNDS, REAL
from sims_core.evaluation.scoring import Sample, shuffled_pairs
from sims_core.layouts.files import read_labels
from sims_core.scenes.classes import ClassTable

_OTHER_PICTURES = {".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm"}
_PICTURE_MODES = ("RGB", "L", "P")
_LAYOUTS = "layouts"
_MAKE_ALIKE = "all pictures under test have one size"

Frame = tuple[int, int]


@dataclass(frozen=True)
class PictureFolders:
    """Folders that belong together; every file of one has a partner of the same stem in all others.

    Attributes:
        names: The stems, sorted.
        files: The file of every stem, by folder: `layouts` and the rows, `real` first.
        frame: (height, width) in pixels of the pictures under test, and so of the evaluation.
        resize_filter: By which real photographs of another size are brought to the frame; None where none may be.
        classes: What the layouts' values mean.
    """

    names: list[str]
    files: Mapping[str, Mapping[str, Path]]
    frame: Frame
    resize_filter: ResizeFilter | None
    classes: ClassTable

    @property
    def rows(self) -> list[str]:
        """The rows of pictures, `real` first."""
        return [name for name in self.files if name != _LAYOUTS]

    def resize_rule(self) -> str:
        """Return what becomes of other sizes, for the protocol."""
        if self.resize_filter is None:
            return "none: all files have the size of the pictures"
        return (
            f"real photographs to the size of the pictures by Pillow {self.resize_filter} (antialiased when it "
            "shrinks), layouts by nearest sampling"
        )

    def samples(self, seed: int) -> Iterator[Sample]:
        """Read every sample, one at a time; `seed` is that of the shuffled layouts.

        Raises:
            SimsError: A damaged file, or a layout with unknown values.
        """
        others = shuffled_pairs(self.names, seed)
        for name in self.names:
            yield Sample(
                name=name,
                layout=self._layout(name),
                other_layout=self._layout(others[name]) if name in others else None,
                pictures={row: self._picture(row, name) for row in self.rows},
            )

    def _layout(self, name: str) -> NDArray[np.uint8]:
        labels = read_labels(self.files[_LAYOUTS][name], self.classes)
        resized: NDArray[np.uint8] = resize_nearest(labels, *self.frame) if labels.shape != self.frame else labels
        return resized

    def _picture(self, row: str, name: str) -> NDArray[np.uint8]:
        picture = read_photo(self.files[row][name])
        if picture.shape[:2] == self.frame or self.resize_filter is None:
            return picture
        return resize_picture(picture, self.frame, self.resize_filter)


def open_picture_folders(
    images: Mapping[str, Path], layouts: Path, real: Path, classes: ClassTable, resize_filter: ResizeFilter | None
) -> PictureFolders:
    """List and check the folders; only the head of every file is read.

    Args:
        images: Folders of pictures under test, by row.
        layouts: Folder of the layouts that were asked for.
        real: Folder of the photographs that they were drawn from.
        classes: What the layouts' values mean.
        resize_filter: See `PictureFolders`.

    Raises:
        SimsError: A missing or empty folder, a file that is no PNG, names without partner, sizes that differ.
    """
    folders = {REAL: real, **images, _LAYOUTS: layouts}
    files = {name: _list_png_files(folder) for name, folder in folders.items()}
    first = next(iter(images))
    for name, listed in files.items():
        _check_names(folders[first], files[first], folders[name], listed)
    names = sorted(files[first])
    frame = _read_size(files[first][names[0]], _PICTURE_MODES)
    for kind, listed in files.items():
        remedy = _MAKE_ALIKE if kind in images else "make pictures of this size, or name a filter with --resize"
        for name in names:
            size = _read_size(listed[name], None if kind == _LAYOUTS else _PICTURE_MODES)
            if size != frame and (kind in images or resize_filter is None):
                raise SimsError(
                    listed[name],
                    "another size",
                    expected=f"{frame[1]} x {frame[0]} px, as {files[first][names[0]]}",
                    found=f"{size[1]} x {size[0]} px",
                    remedy=remedy,
                )
    return PictureFolders(names, files, frame, resize_filter, classes)


def name_rows(folders: Sequence[str]) -> dict[str, Path]:
    """Name each folder of pictures: FOLDER by its own name, or NAME=FOLDER.

    Raises:
        SimsError: A name that is used twice, or is that of a bound.
    """
    rows: dict[str, Path] = {}
    for text in folders:
        name, sign, path = text.partition("=")
        folder = Path(path) if sign and not Path(text).is_dir() else Path(text)
        name = name if folder != Path(text) else folder.resolve().name
        if name in rows or name in (*BOUNDS, _LAYOUTS) or not name:
            raise SimsError(
                text,
                f"'{name}' cannot name a row of the evaluation",
                expected=f"names that differ, and none of {', '.join((*BOUNDS, _LAYOUTS))}",
                remedy="say NAME=FOLDER",
            )
        rows[name] = folder
    return rows


def _list_png_files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise SimsError(folder, "folder not found")
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    for path in paths:
        if path.suffix.lower() in _OTHER_PICTURES:
            raise _no_png(path, path.suffix)
    files = {path.stem: path for path in paths if path.suffix.lower() == ".png"}
    if not files:
        raise SimsError(folder, "no PNG files in this folder", expected="pictures directly in it")
    return files


def _no_png(path: Path, found: object) -> SimsError:
    return SimsError(
        path,
        "is no PNG: lossy compression changes spectrum and features, so pictures are compared as PNG alone",
        found=found,
        remedy="write PNG where the picture is made, or leave the file out",
    )


def _check_names(folder: Path, files: Mapping[str, Path], other_folder: Path, others: Mapping[str, Path]) -> None:
    for missing, where in ((files.keys() - others.keys(), other_folder), (others.keys() - files.keys(), folder)):
        if missing:
            here = other_folder if where == folder else folder
            raise SimsError(
                where,
                f"no file for {len(missing)} of the names in {here}",
                expected=f"'{min(missing)}.png'",
                remedy="files are matched by name: rename or remove what has no partner",
            )


def _read_size(path: Path, modes: Sequence[str] | None) -> Frame:
    """Return the upright (height, width) of a PNG from its head; its content and not its name says that it is one."""
    try:
        with Image.open(path) as image:
            kind, mode = image.format, image.mode
    except (UnidentifiedImageError, OSError) as error:
        raise SimsError(path, "is not a picture", expected="PNG", found=str(error)[:80]) from error
    if kind != "PNG":
        raise _no_png(path, f"{kind} under the name of a PNG")
    if modes is not None and mode not in modes:
        raise SimsError(
            path, "is no picture of 8-bit colours", expected=f"PNG of mode {' or '.join(modes)}", found=mode
        )
    return picture_size(path)
