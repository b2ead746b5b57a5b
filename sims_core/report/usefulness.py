"""What made pictures are worth, of a kept run: its files usefulness/*.json as tables and a chart of the results page.

Each file is figures.json of `sims usefulness run` with another number of real photos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sims_core.drawing.charts import Band, draw_bands
from sims_core.report.reading import Figures, read_figures
from sims_core.report.sentences import significant
from sims_core.report.tables import ABSENT, Interval, interval_of, protocol_lines

USEFULNESS, PLOT = "usefulness", "plot.png"
MADE_BY = "sims usefulness run"
_MEANING = (
    "Usefulness: mean IoU on the real test photos of a segmenter that was trained on what the row says, by number of "
    "real training photos (bank and networks are made of these alone); intervals over test photos and seeds:"
)
_DIFFERENCES = (
    "Paired differences in mean IoU; where the interval leaves out 0, the arm is better or worse than the other:"
)


@dataclass(frozen=True)
class UsefulnessTable:
    """A table: what it is about, its headings, and its rows of as many texts."""

    introduction: str
    headings: list[str]
    rows: list[list[str]]


def read_usefulness(run: Path) -> list[Figures]:
    """Return the files of a kept run, the fewest real photos first; none where there are none.

    Raises:
        SimsError: A file is damaged, or says no number of photos.
    """
    files = [read_figures(path, MADE_BY) for path in sorted((run / USEFULNESS).glob("*.json"))]
    return sorted(files, key=lambda figures: figures.number("num_real_photos"))


def usefulness_tables(files: Sequence[Figures], picture: str) -> list[UsefulnessTable]:
    """Return the table of arms and that of differences, a column for each number of real photos.

    Args:
        files: From `read_usefulness`.
        picture: The chart's path for the page.
    """
    if not files:
        return []
    headings = [f"{figures.number('num_real_photos'):,} real photos" for figures in files]
    drawn = f"![mean IoU by number of real photos]({picture})\n\n{_MEANING}"
    arms = [
        [f"{arm} (`{_parts(files, arm)}`)", *(_arm_cell(figures, arm) for figures in files)]
        for arm in _keys(files, "arms")
    ]
    pairs = [
        [pair.replace("_minus_", " less "), *(_text(figures, ("differences", pair), "value") for figures in files)]
        for pair in _keys(files, "differences")
    ]
    return [
        UsefulnessTable(drawn, ["trained on", *headings], arms),
        UsefulnessTable(_DIFFERENCES, ["arms", *headings], pairs),
    ]


def usefulness_protocol(files: Sequence[Figures]) -> list[tuple[str, str]]:
    """Return the protocol of the files by name, each text once, with how many seeds and test photos there were."""
    lines: dict[tuple[str, str], None] = {}
    for figures in files:
        lines |= dict.fromkeys(protocol_lines(figures.protocol))
    return list(lines)


def draw_usefulness(files: Sequence[Figures], out: Path) -> None:
    """Draw mean IoU by number of real photos, a line with its intervals for each arm."""
    bands = []
    for arm in _keys(files, "arms"):
        own = [figures for figures in files if figures.part("arms", arm) is not None]
        intervals = [interval_of(figures, "arms", arm, "interval") for figures in own]
        means = [figures.number("arms", arm, "mean_iou") for figures in own]
        known = [found or Interval(mean, mean) for found, mean in zip(intervals, means, strict=True)]
        bands.append(
            Band(
                arm.replace("_", " "),
                [figures.number("num_real_photos") for figures in own],
                means,
                [interval.low for interval in known],
                [interval.high for interval in known],
            )
        )
    draw_bands(out, bands, "real training photos", "mean IoU on real test photos")


def _keys(files: Sequence[Figures], part: str) -> list[str]:
    return list(dict.fromkeys(key for figures in files for key in figures.part(part) or {}))


def _parts(files: Sequence[Figures], arm: str) -> str:
    return next(str(parts) for figures in files if (parts := figures.part("arms", arm, "parts")) is not None)


def _arm_cell(figures: Figures, arm: str) -> str:
    """Return an arm's figure, in bold where no other arm of the file has a better one."""
    text = _text(figures, ("arms", arm), "mean_iou", "interval")
    if text == ABSENT:
        return text
    best = max(figures.number("arms", name, "mean_iou") for name in figures.part("arms"))
    return f"**{text}**" if figures.number("arms", arm, "mean_iou") == best else text


def _text(figures: Figures, keys: tuple[str, str], value: str, *interval: str) -> str:
    if figures.part(*keys) is None:
        return ABSENT
    text = significant(figures.number(*keys, value))
    found = interval_of(figures, *keys, *interval)
    return text if found is None else f"{text} [{significant(found.low)}, {significant(found.high)}]"
