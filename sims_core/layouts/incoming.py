"""Layouts that come to a project from outside: found, read, translated into its class table, brought to its size."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.disk import OTHER_OUT, check_writable, disk_errors
from sims_core.base.errors import SimsError
from sims_core.base.files import check_png_name
from sims_core.base.parallel import progress_bar
from sims_core.base.picture_files import LOSSLESS_TYPES, PICTURE_TYPES, stem_of
from sims_core.layouts.files import fit_layout, fit_notice
from sims_core.layouts.forms import DATASETS, LayoutForm, open_layout_form
from sims_core.layouts.readings import masks_of_project, own_form, said_of_table
from sims_core.layouts.thin import ThinLayouts
from sims_core.layouts.translation import CategoryMapping, map_categories, read_name_pairs
from sims_core.scenes.classes import VOID, ClassTable

# What `sims synthesize` writes beside a photograph, and for a folder into a folder.
_BESIDE = re.compile(r"\.(provenance|components|candidates|variants|variant\d+)\.png")
SOURCES = "sources"
_OTHER_TYPES = set(PICTURE_TYPES) - set(LOSSLESS_TYPES)


@dataclass(frozen=True)
class ProjectLayouts:
    """How a layout file becomes a layout of a project.

    Attributes:
        form: How it is painted.
        mapping: From its categories to the project's.
        frame: (height, width) in pixels of the project's pictures.
        refine: Makes a coarse layout of the project dense; None leaves void as it is.
        said: What the user must know of how they are read, a line each.
    """

    form: LayoutForm
    mapping: CategoryMapping
    frame: tuple[int, int]
    refine: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None
    said: tuple[str, ...] = ()

    def read(self, path: Path) -> NDArray[np.uint8]:
        """Return the layout of a file, (H, W) uint8 ids of the project in its frame, 255 = void.

        Raises:
            SimsError: No picture, an unknown value or colour, or nothing but void in the end.
        """
        return self._finish(fit_layout(self.form.read(path), self.frame), path)

    def _finish(self, labels: NDArray[np.uint8], path: Path) -> NDArray[np.uint8]:
        """Do what `read` does once a layout, (H, W) uint8 ids of its own table, has the project's size."""
        if (labels == VOID).all():
            raise SimsError(path, "is void everywhere", expected="at least one pixel with a category")
        translated = self.mapping.translate(labels)
        if (translated == VOID).all():
            shown = ", ".join(self.form.classes.names[index] for index in np.unique(labels[labels != VOID]))
            raise SimsError(path, "shows nothing that the project knows", found=shown, remedy="see --mapping")
        return translated if self.refine is None else self.refine(translated)

    def survey(self, paths: Sequence[Path], check: Callable[[NDArray[np.uint8], Path], object] | None = None) -> Survey:
        """Read all layouts, each one once, before any long work.

        Args:
            paths: Their files.
            check: Raises SimsError when a layout is of no use for other reasons; the first error ends the survey.

        Raises:
            SimsError: As `read` and `check`.
        """
        counts = np.zeros(256, dtype=np.int64)
        sizes: Counter[tuple[int, int]] = Counter()
        packed: list[bytes] = []
        thin = ThinLayouts(self.mapping.target, self.refine is not None)
        with progress_bar(disable=len(paths) == 1) as progress:
            task = progress.add_task("check layouts", total=len(paths), note="")
            for path in paths:
                painted = self.form.read(path)
                sizes[painted.shape[0], painted.shape[1]] += 1
                labels = fit_layout(painted, self.frame)
                counts += np.bincount(labels.ravel(), minlength=256)
                layout = self._finish(labels, path)
                thin.look(self.mapping.translate(labels), path)
                if check is not None:
                    check(layout, path)
                packed.append(zlib.compress(layout.tobytes(), level=1))
                progress.advance(task)
        return Survey([*self.said, *self._notices(sizes, counts), *thin.lines()], self.frame, packed)

    def _notices(self, sizes: Counter[tuple[int, int]], counts: NDArray[np.int64]) -> list[str]:
        notices = [(num, notice) for size, num in sizes.items() if (notice := fit_notice(size, self.frame)) is not None]
        lines = [f"{num} {'layout' if num == 1 else 'layouts'} of {notice}" for num, notice in notices]
        shown = {self.form.classes.names[index] for index in np.flatnonzero(counts[: len(self.form.classes)])}
        renamed = [f"{name} -> {other}" for name, other in self.mapping.pairs if name != other and name in shown]
        if renamed:
            lines.append(f"translated: {', '.join(renamed)}")
        lost = self.mapping.unmapped_shares(counts)
        lines += [f"no counterpart, becomes void: '{name}', {share:.2%} of the pixels" for name, share in lost]
        if lost:
            lines.append("counterparts of your own go into a file of --mapping")
        return lines


@dataclass(frozen=True)
class Survey:
    """Layouts that a project can use, read and finished; a few kilobytes each, however many there are.

    Attributes:
        lines: For the user: sizes that are changed, categories that go by another name, and each category that is
            lost with its share of the pixels.
        frame: (height, width) in pixels of the layouts.
        packed: The label maps in the files' order, compressed.
    """

    lines: list[str]
    frame: tuple[int, int]
    packed: list[bytes]

    def layouts(self) -> Iterator[NDArray[np.uint8]]:
        """Yield the layouts in the files' order, (H, W) uint8 ids of the project, 255 = void."""
        for packed in self.packed:
            yield np.frombuffer(bytearray(zlib.decompress(packed)), dtype=np.uint8).reshape(self.frame)


def open_project_layouts(
    layout_classes: str | None,
    mapping: Path | None,
    classes: ClassTable,
    frame: tuple[int, int],
    refine: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None = None,
    params: Path | None = None,
    paths: Sequence[Path] = (),
) -> ProjectLayouts:
    """Prepare to read layouts for a project.

    Args:
        layout_classes: A dataset's name or a class table's file; None when layouts are painted in the project's own.
        mapping: File of the user's own pairs of categories.
        classes: The project's class table.
        frame: (height, width) in pixels of its pictures.
        refine: See `ProjectLayouts`.
        params: The project's parameters, which say what values mean in its masks; None where nothing does.
        paths: The layouts, where that leaves two readings open.

    Raises:
        SimsError: One of the files is wrong, or no category has a counterpart.
    """
    form = None if layout_classes is None else open_layout_form(layout_classes)
    # Other tables have nothing to do with the project's masks.
    is_own = form is None or (form.classes == classes and layout_classes not in DATASETS)
    masks = masks_of_project(params, classes) if is_own and params is not None else None
    if form is None:
        form, said = own_form(classes, masks, paths)
    else:
        said = said_of_table(form, masks, paths)
    extra = {} if mapping is None else read_name_pairs(mapping)
    return ProjectLayouts(form, map_categories(form.classes, classes, extra), frame, refine, tuple(said))


def list_layouts(path: Path) -> list[Path]:
    """Return the pictures of a folder that may be layouts, sorted, or the file itself.

    Raises:
        SimsError: There is none, or two have one name but for the type, so that one would take the other's place.
    """
    if not path.is_dir():
        if not path.is_file():
            raise SimsError(path, "layout not found", expected="a picture or a folder of them")
        return [path]
    files = sorted(file for file in path.glob("[!.]*") if file.suffix.lower() in LOSSLESS_TYPES)
    if not files:
        kinds = ", ".join(LOSSLESS_TYPES)
        raise SimsError(path, "no layouts in this folder", expected=f"files directly in it that end in {kinds}")
    first: dict[str, Path] = {}
    for file in files:
        other = first.setdefault(stem_of(file), file)
        if other != file:
            raise SimsError(
                file, f"has the name of {other.name}", expected="one layout of a name", remedy="rename or move one"
            )
    return files


def passed_over(path: Path) -> list[str]:
    """Return a line about the pictures of a folder that `list_layouts` leaves out, none where there are none."""
    others = sorted(file.name for file in path.glob("[!.]*") if file.suffix.lower() in _OTHER_TYPES)
    shown = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
    return [f"{path}: {len(others)} JPEGs are passed over, they are no layouts: {shown}"] if others else []


def check_out(layout: Path, out: Path) -> None:
    """Raise SimsError unless results go to a PNG file, or for a folder of layouts to another folder, that can be made.

    Results never take the place of the layouts that they are made of.
    """
    with disk_errors(out, OTHER_OUT):
        if not layout.is_dir():
            check_png_name(out)
            if out.is_file() and out.samefile(layout):
                raise _own_layout(layout, out)
            check_writable(out, OTHER_OUT)
            return
        if out.suffix.lower() == ".png" or out.is_file():
            raise SimsError(
                out, "a folder of layouts becomes a folder", expected="the name of a folder", found="a file"
            )
        if out.is_dir() and out.samefile(layout):
            raise SimsError(out, "is the folder of the layouts", expected="another folder for what is made of them")
        check_writable(out / "layout.png", OTHER_OUT)


def check_beside(layout: Path, out: Path) -> None:
    """Raise SimsError when one of the files that `sims synthesize` writes beside a photograph is the layout itself."""
    if layout.is_dir():
        if (out / SOURCES).is_dir() and (out / SOURCES).samefile(layout):
            raise SimsError(out / SOURCES, "is the folder of the layouts", expected="another folder with -o")
        return
    is_beside = out.parent.is_dir() and out.parent.samefile(layout.parent)
    if is_beside and _BESIDE.fullmatch(layout.name.removeprefix(out.stem)) and layout.name.startswith(out.stem):
        raise _own_layout(layout, out)


def _own_layout(layout: Path, out: Path) -> SimsError:
    return SimsError(layout, f"would be lost, '-o {out}' writes over it", remedy="name another file with -o")
