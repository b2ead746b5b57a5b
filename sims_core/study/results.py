"""A study's figures for readers: lines for the terminal, and a page with tables and the chart of exposures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims_core.base.files import atomic_folder
from sims_core.drawing.charts import Band, draw_shares
from sims_core.drawing.pages import page_template
from sims_core.evaluation.rows import row_title
from sims_core.study.design import UNLIMITED, Block

_CHART = "preference.png"


@dataclass(frozen=True)
class PreferenceRow:
    """A preference as texts."""

    block: str
    pair: str
    exposure: str
    share: str
    interval: str
    num_answers: int
    to_flip: int


def preference_rows(content: Mapping[str, Any]) -> Iterator[PreferenceRow]:
    """Yield every preference of a study's figures, by block, pair and exposure."""
    for block, by_pair in content["preferences"].items():
        for pair, by_exposure in by_pair.items():
            for exposure, cell in by_exposure.items():
                yield PreferenceRow(
                    block,
                    _pair_title(pair),
                    exposure if exposure == UNLIMITED else f"{exposure} ms",
                    _percent(cell["share"]),
                    f"{_percent(cell['low'])} to {_percent(cell['high'])}",
                    cell["num_answers"],
                    cell["answers_to_flip"],
                )


def preference_lines(content: Mapping[str, Any]) -> list[str]:
    """Return a line for each preference."""
    return [
        f"{row.block:<7} {row.pair}, {row.exposure}: {row.share} [{row.interval}] of {row.num_answers} answers"
        for row in preference_rows(content)
    ]


def write_results(folder: Path, content: Mapping[str, Any]) -> None:
    """Write index.html and, where pictures were shown for limited times, preference.png into a folder of their own."""
    timed = content["preferences"].get(Block.TIMED.value, {})
    with atomic_folder(folder) as temporary:
        if timed:
            draw_shares(
                temporary / _CHART,
                [_measured(pair, by_exposure) for pair, by_exposure in timed.items()],
                "seconds that the pictures were shown",
            )
        page = page_template("study.html.j2").render(
            rows=list(preference_rows(content)),
            questions=content["protocol"]["questions"],
            strengths=list(_strength_rows(content)),
            chart=_CHART if timed else None,
            raters=content["raters"],
            answers=content["answers"],
            checks=list(_check_rows(content)),
            protocol=content["protocol"],
        )
        (temporary / "index.html").write_text(page, encoding="utf-8")


def _measured(pair: str, by_exposure: Mapping[str, Any]) -> Band:
    cells = [by_exposure[key] for key in by_exposure]
    return Band(
        _pair_title(pair),
        [int(key) / 1000 for key in by_exposure],
        [cell["share"] for cell in cells],
        [cell["low"] for cell in cells],
        [cell["high"] for cell in cells],
    )


def _strength_rows(content: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield block, exposure, method, and its strength in words."""
    for block, by_exposure in content["strengths"].items():
        for exposure, by_method in by_exposure.items():
            shown = exposure if exposure == UNLIMITED else f"{exposure} ms"
            if by_method is None:
                yield block, shown, "", "infinite: some methods were never chosen over the others, or always"
                continue
            for method, cell in by_method.items():
                yield (
                    block,
                    shown,
                    row_title(method),
                    f"{cell['strength']:.2f} [{cell['low']:.2f}, {cell['high']:.2f}]",
                )


def _check_rows(content: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield block, what was checked, and the result in words."""
    for key, title in (
        ("sentinels_right", "sentinels answered right"),
        ("consistency", "same choice when a pair came again with sides swapped"),
        ("left_chosen", "left picture chosen"),
    ):
        for block, cell in content[key].items():
            yield block, title, f"{_percent(cell['share'])} [{_percent(cell['low'])} to {_percent(cell['high'])}]"
    for block, alpha in content["agreement"].items():
        yield block, "agreement of raters (Krippendorff's alpha)", "–" if alpha is None else f"{alpha:.2f}"


def _pair_title(pair: str) -> str:
    first, _, second = pair.partition("_over_")
    return f"{row_title(first)} over {row_title(second)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
