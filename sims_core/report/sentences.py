"""Sentences with figures in braces -> text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from sims_core.evaluation.rows import row_title
from sims_core.report.reading import Figures

# `{key}` or `{key:form}`, nested keys with a dot between.
PLACEHOLDER = re.compile(r"\{([\w.]+)(?::(\w+))?\}")


def write_sentences(sentences: Sequence[str], figures: Figures) -> list[str]:
    """Return sentences with their figures put in, and without those about a part that the file lacks.

    Raises:
        SimsError: A figure is missing, or no finite number.
    """
    return [
        PLACEHOLDER.sub(lambda found: _text(figures, *found.groups()), line)
        for line in sentences
        if _has(figures, line)
    ]


def _has(figures: Figures, sentence: str) -> bool:
    """Say whether a file has the part that a sentence's first figure lies in."""
    first = PLACEHOLDER.search(sentence)
    return first is None or figures.part(*first[1].split(".")[:-1]) is not None


def _text(figures: Figures, key: str, form: str | None) -> str:
    keys = key.split(".")
    found = figures.part(*keys)
    if isinstance(found, str):
        return found
    if isinstance(found, dict):
        return ", ".join(f"{row_title(row)} {significant(value)}" for row, value in figures.by_row(*keys).items())
    value = figures.number(*keys)
    if form == "percent":
        return f"{100 * value:.3g} %"
    if form == "megabytes":
        return f"{significant(value / 1e6)} MB"
    return f"{value:,}" if isinstance(value, int) else significant(value)


def significant(value: float) -> str:
    """Return a number with three significant digits and no exponent: 0.0000270, 0.194, -2.99, 1230."""
    return f"{Decimal(f'{value:#.3g}'):f}"
