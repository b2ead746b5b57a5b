"""A study of noise, and simulated raters of known preference who answer it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.seeding import random_stream
from sims_core.study.analyse import figures_of
from sims_core.study.answers import table_of
from sims_core.study.design import EXPOSURES_MS, Block, Study, open_study
from sims_core.study.exclusion import leave_out
from sims_core.study.make import make_study
from sims_core.study.pictures import PictureSet
from sims_core.study.raters_text import read_raters_text
from sims_core.study.sheets import Deal
from sims_core.study.simulate import SHORT_MS, Crowd, Preference, play

_FRAME = (128, 256)
_METHODS = ("ours", "theirs")


def make_noise_study(
    folder: Path, num_layouts: int, num_sheets: int, blocks: tuple[Block, ...], num_main: int
) -> Study:
    """Write a study of pictures of noise: who answers here does not look at them."""
    names = [f"layout_{number:03d}" for number in range(num_layouts)]

    def read() -> Iterator[tuple[str, NDArray[np.uint8], Mapping[str, NDArray[np.uint8]]]]:
        for name in names:
            rng = random_stream(0, "noise", name)
            pictures = rng.integers(0, 256, size=(3, *_FRAME, 3), dtype=np.uint8)
            yield name, pictures[0], dict(zip(_METHODS, pictures[1:], strict=True))

    deal = Deal(0, _METHODS, None, tuple(names), blocks, EXPOSURES_MS, num_main)
    make_study(PictureSet(names, _METHODS, None, read), deal, num_sheets, read_raters_text(None), folder)
    return open_study(folder)


@lru_cache(maxsize=1)
def _opened(folder: Path) -> Study:
    return open_study(folder)


def simulate_one(seed: int, folder: Path, crowd: Crowd, preference: Preference) -> dict[str, list[float]]:
    """Play and analyse one study; return by kind of cell whether its interval holds the truth, and other findings."""
    study = _opened(folder)
    counted = leave_out(table_of(play(study, crowd, preference, seed), study), study)
    found: dict[str, list[float]] = defaultdict(list)
    for by_pair in figures_of(counted, study)["preferences"].values():
        for exposure, cell in by_pair["ours_over_theirs"].items():
            is_short = exposure.isdigit() and int(exposure) <= SHORT_MS
            truth = preference.short_share if is_short else preference.share
            kind = "unlimited" if not exposure.isdigit() else "up to 500 ms" if is_short else "longer"
            found[kind].append(cell["low"] <= truth <= cell["high"])
            found[f"{kind}, width"].append(cell["high"] - cell["low"])
    for number in range(crowd.num_raters):
        kind = "attentive" if number < crowd.num_attentive else "always left"
        kind = "guessing" if number >= crowd.num_attentive + crowd.num_always_left else kind
        found[f"{kind} excluded"].append(f"simulated-{number:04d}" in counted.excluded)
    return found
