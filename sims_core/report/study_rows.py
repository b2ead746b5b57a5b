"""What raters preferred in a run's study, for the page of all runs: metrics/study.json of `sims study analyse`."""

from __future__ import annotations

from sims_core.evaluation.rows import row_title
from sims_core.report.reading import Figures

STUDY = "study"
MADE_BY = "sims study analyse"
HEADINGS = ["question", "methods", "shown", "for the first", "answers"]


def study_introduction(figures: Figures) -> str:
    """Return a sentence on who was asked."""
    counted, total = (int(figures.number("raters", key)) for key in ("num_counted", "num_raters"))
    return f"What people prefer, side by side and without knowing which is which; {counted} of {total} raters count:"


def study_rows(figures: Figures) -> list[list[str]]:
    """Return a row of texts for each question, pair of methods and exposure.

    Raises:
        SimsError: A preference is no number.
    """
    rows = []
    for block, pairs in (figures.part("preferences") or {}).items():
        for pair, exposures in pairs.items():
            first, _, second = pair.partition("_over_")
            for exposure in exposures:
                at = ("preferences", block, pair, exposure)
                share, low, high = (f"{figures.number(*at, key):.3f}" for key in ("share", "low", "high"))
                shown = exposure if not exposure.isdigit() else f"{exposure} ms"
                rows.append(
                    [
                        block,
                        f"{row_title(first)} over {row_title(second)}",
                        shown,
                        f"{share} [{low}, {high}]",
                        f"{figures.number(*at, 'num_answers'):,}",
                    ]
                )
    return rows
