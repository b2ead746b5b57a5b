"""A small study of pictures of plain colours."""

from pathlib import Path

import numpy as np

from sims_core.study.answers import RatersAnswer
from sims_core.study.design import Block, Kind, Study, open_study
from sims_core.study.make import make_study
from sims_core.study.pictures import PictureSet
from sims_core.study.raters_text import read_raters_text
from sims_core.study.sheets import Deal

FRAME = (16, 32)


def small_set(num_layouts: int = 60, methods: tuple[str, ...] = ("ours", "theirs"), real: str | None = "real"):
    """Pictures of noise, another one for every layout and method."""
    names = [f"street_{number:02d}" for number in range(num_layouts)]
    rows = (*methods, *(() if real is None else (real,)))

    def read():
        rng = np.random.default_rng(0)
        for name in names:
            layout, *pictures = rng.integers(0, 256, size=(1 + len(rows), *FRAME, 3), dtype=np.uint8)
            yield name, layout, dict(zip(rows, pictures, strict=True))

    return PictureSet(names, methods, real, read)


def small_deal(pictures: PictureSet, blocks=tuple(Block), num_main: int = 120, exposures_ms=(125, 1000)) -> Deal:
    return Deal(0, pictures.methods, pictures.real, tuple(pictures.names), blocks, exposures_ms, num_main)


def small_study(folder: Path, num_sheets: int = 22, pictures: PictureSet | None = None, **deal) -> Study:
    pictures = pictures or small_set()
    make_study(pictures, small_deal(pictures, **deal), num_sheets, read_raters_text(None), folder)
    return open_study(folder)


def answer(study: Study, trial_id: str, rater: str = "a", first: bool = True, frames_off: float = 0) -> RatersAnswer:
    """An answer for the first method of a trial, or the second; a timed one shown so many frames of 10 ms too long."""
    trial = study.key.trials[trial_id]
    timed = {}
    if trial.exposure_ms is not None:
        measured_ms = trial.exposure_ms + 10 * frames_off
        timed = {"exposure_ms": trial.exposure_ms, "measured_ms": measured_ms, "refresh_hz": 100, "dropped_frames": 0}
    return RatersAnswer(
        study=study.manifest.study_id,
        rater=rater,
        trial=trial_id,
        chosen="left" if first == trial.first_is_left else "right",
        response_ms=500,
        input="key",
        **timed,
    )


def trials_of(study: Study, kind: Kind, block: Block | None = None, sheet: int = 0) -> list[str]:
    return [
        name
        for name in study.sheet(sheet)
        if study.key.trials[name].kind is kind and block in (None, study.key.trials[name].block)
    ]
