"""The page of a check: one file with everything in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sims_core.base.files import atomic_file
from sims_core.datasets.check.facts import SceneFacts
from sims_core.datasets.check.judge import Finding, total_counts, total_values
from sims_core.datasets.check.pictures import Panel, panels
from sims_core.datasets.check.run import DataCheck
from sims_core.datasets.raw import Item, RawDataset
from sims_core.datasets.settings import PrepareConfig
from sims_core.drawing.pages import page_template
from sims_core.scenes.classes import VOID
from sims_core.scenes.scene import SPLITS

_MAX_LINES = 20
_MAX_SCENES_SHOWN = 4
_MAX_ROWS = 64


@dataclass(frozen=True)
class Group:
    """The findings of one kind: the first lines, how many more there are, and pictures by scene id."""

    kind: str
    is_fault: bool
    lines: list[str]
    num_more: int
    scenes: list[tuple[str, list[Panel]]]


@dataclass(frozen=True)
class CategoryRow:
    """A category's row: name, colour as in CSS, share of all pixels, number of scenes that have it."""

    name: str
    colour: str
    share: float
    num_scenes: int


def write_page(path: Path, check: DataCheck, config: PrepareConfig) -> None:
    """Write the page of a check.

    Args:
        path: The file, replaced.
        check: What came out.
        config: What was checked.
    """
    groups = group_findings(check.findings, check.dataset)
    page = page_template("data_check.html.j2").render(
        dataset=config.source.dataset,
        root=getattr(config.source, "root", ""),
        facts=_facts(check),
        faults=[group for group in groups if group.is_fault],
        warnings=[group for group in groups if not group.is_fault],
        categories=category_rows(check.facts, check.dataset) if check.dataset is not None else [],
        values=_rows(total_values(check.facts)),
        sizes=_rows(Counter(one.photo_size for one in check.facts if one.photo_size is not None)),
        frame=(config.width_px, config.height_px),
    )
    with atomic_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def group_findings(findings: Sequence[Finding], dataset: RawDataset[Any] | None) -> list[Group]:
    """Return the findings by kind, in the order in which kinds first appear, with pictures of the first scenes."""
    order = list(dict.fromkeys(finding.kind for finding in findings))
    by_kind = sorted(findings, key=lambda finding: order.index(finding.kind))
    groups = []
    for kind, members in groupby(by_kind, key=lambda finding: finding.kind):
        own = list(members)
        items: list[Item] = list({item.scene_id + item.split: item for one in own for item in one.items}.values())
        shown = [] if dataset is None else [(item, panels(item, dataset)) for item in items[:_MAX_SCENES_SHOWN]]
        groups.append(
            Group(
                kind,
                own[0].is_fault,
                [finding.message for finding in own[:_MAX_LINES]],
                max(0, len(own) - _MAX_LINES),
                [(f"{item.scene_id} ({item.split})", pictures) for item, pictures in shown if pictures],
            )
        )
    return groups


def category_rows(facts: Sequence[SceneFacts], dataset: RawDataset[Any]) -> list[CategoryRow]:
    """Return a row for each category and for void."""
    total = total_counts(facts)
    num_pixels = max(int(total.sum()), 1)
    named = [*enumerate((c.name, c.colour) for c in dataset.classes.categories), (VOID, ("void", (0, 0, 0)))]
    return [
        CategoryRow(
            name,
            "#{:02x}{:02x}{:02x}".format(*colour),
            float(total[index]) / num_pixels,
            sum(one.category_counts is not None and bool(one.category_counts[index]) for one in facts),
        )
        for index, (name, colour) in named
    ]


def _facts(check: DataCheck) -> list[tuple[str, str]]:
    counts = Counter(one.item.split for one in check.facts)
    depths = [one.depth for one in check.facts if one.depth is not None]
    lines = [(f"photos in {split}", f"{counts[split]:,}") for split in SPLITS]
    lines += [("faults", f"{check.num_faults:,}"), ("warnings", f"{len(check.findings) - check.num_faults:,}")]
    if check.dataset is not None:
        lines.append(("categories", str(len(check.dataset.classes))))
    if depths:
        medians = sorted(depth.median_m for depth in depths)
        holes = sum(depth.share_unknown for depth in depths) / len(depths)
        lines += [("median depth in metres", f"{medians[len(medians) // 2]:.3g}"), ("depth unknown", f"{holes:.0%}")]
    return lines


def _rows(counts: Counter[Any]) -> tuple[list[tuple[Any, int]], int]:
    """Return up to `_MAX_ROWS` entries, ascending, and how many are left out."""
    rows = sorted(counts.items())
    return rows[:_MAX_ROWS], max(0, len(rows) - _MAX_ROWS)
