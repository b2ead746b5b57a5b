"""From the facts of all scenes to findings: faults, which stop `prepare` or spoil results, and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sims_core.base.errors import SimsError
from sims_core.datasets.check.absent import absent_categories
from sims_core.datasets.check.facts import DepthFacts, SceneFacts
from sims_core.datasets.check.photo_hash import duplicates_across, duplicates_within
from sims_core.datasets.raw import Item
from sims_core.datasets.settings import FolderSource, PrepareConfig
from sims_core.datasets.smoothing import smoothed
from sims_core.scenes.classes import VOID, ClassTable

# The median depth of a picture of rooms or streets, generously.
PLAUSIBLE_MEDIAN_M = (0.2, 200.0)
_MAX_GREY = 255
_MIN_CONTRAST = 16
_MAX_VOID_SHARE = 0.5
_MAX_UNKNOWN_DEPTH_SHARE = 0.5
_MAX_CROPPED_SHARE = 0.2
# Proportions of pictures that were scaled to whole pixels differ by less.
_SAME_ASPECT = 0.02


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        kind: What it has in common with others, a heading.
        message: One line: what, where, expected, found, what to do.
        is_fault: Whether it makes the check fail; a warning does not.
        items: The scenes that show it.
    """

    kind: str
    message: str
    is_fault: bool
    items: tuple[Item, ...] = ()


def judge(facts: Sequence[SceneFacts], classes: ClassTable, config: PrepareConfig) -> list[Finding]:
    """Return the findings of a dataset, faults first.

    Args:
        facts: Of all scenes, train before val.
        classes: The class table.
        config: The section `prepare`.
    """
    found = [Finding(kind, text, True, (one.item,)) for one in facts for kind, text in one.faults]
    found += [
        *_label_offset(facts, classes, config),
        *_smoothed(facts, config),
        *_duplicates(facts),
        *_void(facts),
        *_instances(facts, classes),
        *_depth(facts),
        *_absent(facts, classes),
        *_sizes(facts, config),
        *_dark(facts),
    ]
    return sorted(found, key=lambda finding: not finding.is_fault)


def _fault(kind: str, error: SimsError, *items: Item) -> Finding:
    return Finding(kind, str(error), True, items)


def _warning(kind: str, error: SimsError, *items: Item) -> Finding:
    return Finding(kind, str(error), False, items)


def total_counts(facts: Sequence[SceneFacts]) -> NDArray[np.int64]:
    """Return (256,) int64: pixels by category id over all scenes that could be read."""
    total = np.zeros(VOID + 1, dtype=np.int64)
    for one in facts:
        if one.category_counts is not None:
            total += one.category_counts
    return total


def total_values(facts: Sequence[SceneFacts]) -> Counter[int]:
    """Return pixels by value over all one-channel label files, as stored."""
    total: Counter[int] = Counter()
    for one in facts:
        total.update(one.label_values or {})
    return total


def _label_offset(facts: Sequence[SceneFacts], classes: ClassTable, config: PrepareConfig) -> Iterator[Finding]:
    """Labels counted from 1 where ids count from 0, as in ADE20K: everything would be its neighbour in the table."""
    source = config.source
    if not isinstance(source, FolderSource) or source.encoding != "ids" or source.label_values is not None:
        return
    values = total_values(facts)
    num_categories = len(classes)
    if num_categories not in values or num_categories in source.void_values:
        return
    counted = f"[{', '.join(map(str, range(1, num_categories + 1)))}]"
    remedy = f"if the first category has the value 1, set prepare.source.label_values: {counted}"
    if values[0]:
        remedy += " and void_values: [0] (0 = other, as in ADE20K)"
    yield _fault(
        "labels counted from 1",
        SimsError(
            source.root,
            f"label values are {'0' if values[0] else '1'}..{num_categories} for {num_categories} categories",
            expected=f"0..{num_categories - 1} or {VOID} (void)",
            found=f"{values[num_categories]:,} pixels of {num_categories} and {values[0]:,} of 0",
            remedy=remedy,
        ),
    )


def _smoothed(facts: Sequence[SceneFacts], config: PrepareConfig) -> Iterator[Finding]:
    """Label maps of a user's own that were anti-aliased or resized with interpolation."""
    if isinstance(config.source, FolderSource):
        shades = {shade for one in facts for shade in one.shades}
        fill = {shade for one in facts for shade, fills in one.shades.items() if fills}
        error = smoothed(shades, fill, config.source.encoding == "palette", config.source.root)
        if error is not None:
            yield _fault("smoothed label maps", error, *[one.item for one in facts if not all(one.shades.values())])


def _duplicates(facts: Sequence[SceneFacts]) -> Iterator[Finding]:
    prints = {split: [(one.item, one.print) for one in facts if one.print and one.item.split == split]
              for split in ("train", "val")}  # fmt: skip
    train, val = ([own for _, own in prints[split]] for split in ("train", "val"))
    for first, second in duplicates_across(train, val):
        learned, asked = prints["train"][first][0], prints["val"][second][0]
        error = SimsError(
            asked.photo,
            "validation photo is a training photo as well",
            found=learned.photo if learned.photo != asked.photo else f"{learned.scene_id} and {asked.scene_id}",
            remedy="remove one: figures on photos that were learnt mean nothing",
        )
        yield _fault("one photo in both splits", error, learned, asked)
    for split, own in (("train", train), ("val", val)):
        for first, second in duplicates_within(own):
            one, other = prints[split][first][0], prints[split][second][0]
            error = SimsError(
                other.photo,
                f"hardly differs from {one.photo.name}, both in {split}",
                remedy="one photo twice, or two frames of a standing camera: leave one out",
            )
            yield _warning("photos of a split that hardly differ", error, one, other)


def _void(facts: Sequence[SceneFacts]) -> Iterator[Finding]:
    for one in facts:
        if one.category_counts is not None and one.category_counts[VOID] == one.category_counts.sum():
            error = SimsError(
                one.item.photo, "label map is void everywhere", expected="at least one category", remedy="leave it out"
            )
            yield _fault("nothing but void", error, one.item)
    total = total_counts(facts)
    share = total[VOID] / max(total.sum(), 1)
    if share > _MAX_VOID_SHARE:
        error = SimsError(
            "label maps", f"{share:.0%} of all pixels are void", remedy="the method sees nothing there; label more"
        )
        yield _warning("much void", error)


def _instances(facts: Sequence[SceneFacts], classes: ClassTable) -> Iterator[Finding]:
    for one in facts:
        for instance, ids in one.crossing.items():
            names = [classes.names[index] if index < len(classes) else "void" for index in ids]
            error = SimsError(
                one.item.photo,
                f"instance {instance} of {one.item.scene_id} crosses categories",
                expected="one category per instance",
                found=", ".join(names),
                remedy="correct its instance map or its label map",
            )
            yield _fault("instances that cross categories", error, one.item)


def _depth(facts: Sequence[SceneFacts]) -> Iterator[Finding]:
    for one in facts:
        if one.depth is None:
            continue
        low_m, high_m = PLAUSIBLE_MEDIAN_M
        guess = guess_depth_unit(one.depth)
        if guess is not None:
            error = SimsError(
                one.item.photo,
                f"depth of {one.item.scene_id} is not in metres",
                expected=f"a median of {low_m} to {high_m:.0f} m",
                found=f"a median of {one.depth.median_m:,.4g}, at most {one.depth.max_m:,.4g}",
                remedy=guess,
            )
            yield _fault("depth in other units", error, one.item)
    for one in facts:
        if one.depth is not None and one.depth.share_unknown > _MAX_UNKNOWN_DEPTH_SHARE:
            error = SimsError(
                one.item.photo,
                f"depth of {one.item.scene_id} is unknown in {one.depth.share_unknown:.0%} of the pixels",
                expected=f"at most {_MAX_UNKNOWN_DEPTH_SHARE:.0%}",
                remedy="order and depth of its segments will be guessed; check the sensor's files",
            )
            yield _warning("holes in depth", error, one.item)


def guess_depth_unit(depth: DepthFacts) -> str | None:
    """Return what depth seems to be instead of metres; None when it is plausible, or unknown everywhere."""
    low_m, high_m = PLAUSIBLE_MEDIAN_M
    if depth.num_wrong:
        return f"{depth.num_wrong} pixels are negative or no number; unknown depth is 0"
    if depth.median_m == 0:
        return None
    if depth.is_whole and depth.max_m <= _MAX_GREY and depth.median_m > 1:
        return "whole numbers up to 255 look like a grey picture of depth: get the metric depth"
    if depth.max_m <= 1:
        return "values up to 1 look like relative depth: get the metric depth"
    if depth.median_m > high_m:
        in_metres = depth.median_m / 1000
        if depth.is_whole and low_m <= in_metres <= high_m:
            return f"it looks like millimetres ({in_metres:.2f} m)"
        return "stored in another unit or encoding (millimetres, 8 bits)?"
    return None if depth.median_m >= low_m else "stored in another unit or encoding (kilometres, 0..1)?"


def _absent(facts: Sequence[SceneFacts], classes: ClassTable) -> Iterator[Finding]:
    total = total_counts(facts)
    if not total.any():
        return
    error = absent_categories(classes, total)
    if error is not None:
        yield _warning("categories that never occur", error)


def _sizes(facts: Sequence[SceneFacts], config: PrepareConfig) -> Iterator[Finding]:
    sized = [(one.item, one.photo_size) for one in facts if one.photo_size is not None]
    small = [item for item, (height, width) in sized if height < config.height_px or width < config.width_px]
    wanted = config.width_px / config.height_px
    frame = f"{config.width_px} x {config.height_px}"
    yield from _some(
        "small photos",
        small,
        f"smaller than {frame} px",
        "it will be enlarged and stay soft; lower prepare.height_px and width_px",
    )
    cut = [item for item, (height, width) in sized if cropped_share(width / height, wanted) > _MAX_CROPPED_SHARE]
    yield from _some(
        "photos of other proportions than the scenes",
        cut,
        f"loses over {_MAX_CROPPED_SHARE:.0%} to the crop to {frame} px",
        "choose prepare.height_px and width_px in the photos' proportions",
    )
    aspects = sorted((width / height, item.scene_id, item) for item, (height, width) in sized)
    if aspects and aspects[-1][0] > aspects[0][0] * (1 + _SAME_ASPECT):
        error = SimsError(
            aspects[0][2].photo,
            f"photos differ in proportions, from {aspects[0][0]:.2f} to {aspects[-1][0]:.2f} wide per high",
            remedy="each is cropped about its centre; leave out what does not belong",
        )
        yield _warning("photos of different proportions", error, aspects[0][2], aspects[-1][2])


def _dark(facts: Sequence[SceneFacts]) -> Iterator[Finding]:
    """Photos of one brightness: 12 bits of a camera in a file of 16, or an export that went wrong."""
    for one in facts:
        if one.brightness is not None and one.brightness[1] - one.brightness[0] < _MIN_CONTRAST:
            error = SimsError(
                one.item.photo,
                f"shows next to nothing, its brightness lies within {one.brightness[0]}..{one.brightness[1]} of 0..255",
                remedy="export it again, stretched to all of its bits; or leave it out",
            )
            yield _warning("photos that show nothing", error, one.item)


def _some(kind: str, items: Sequence[Item], what: str, remedy: str) -> Iterator[Finding]:
    """Yield one warning for any number of photos, none for none."""
    if items:
        error = SimsError(items[0].photo, f"{what} ({len(items)} such photos)", remedy=remedy)
        yield _warning(kind, error, *items)


def cropped_share(aspect: float, wanted: float) -> float:
    """Return the share of a picture that is lost when it is cropped from one width / height to another."""
    return 1 - min(aspect / wanted, wanted / aspect)
