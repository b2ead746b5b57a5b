"""Do studies find a preference that is known, lose no answer, and show pictures for as long as they say?

    python -m benchmarks.study intervals --studies 1000
    python -m benchmarks.study serve --raters 20 --answers 2000 --kills 10
    python -m benchmarks.study exposures --trials 210        # needs Debian's Chromium and Playwright

docs/study.md has the figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.study_browser import measured_frames_off
from benchmarks.study_kills import answer_while_killed
from sims_core.base.parallel import parallel_map
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
app = typer.Typer(add_completion=False, help=__doc__)


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


def simulate_one(seed: int, folder: Path, crowd: Crowd, preference: Preference) -> dict[str, list[float]]:
    """Play and analyse one study; return by kind of cell whether its interval holds the truth, and other findings."""
    study = open_study(folder)
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


@app.command()
def intervals(
    studies: Annotated[int, typer.Option(min=1)] = 1000,
    raters: Annotated[int, typer.Option(min=2)] = 20,
    layouts: Annotated[int, typer.Option(min=60)] = 60,
    spread: Annotated[float, typer.Option(min=0)] = 0.3,
) -> None:
    """Share of simulated studies whose 95 % intervals hold the preference that the raters had, 0.6 or 0.75."""
    crowd = Crowd(raters, num_always_left=1, num_guessing=1)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "study"
        make_noise_study(folder, layouts, crowd.num_raters, (Block.REAL, Block.TIMED), num_main=120)
        work = partial(simulate_one, folder=folder, crowd=crowd, preference=Preference(0.6, 0.75, spread, spread))
        total: dict[str, list[float]] = defaultdict(list)
        for found in parallel_map(work, list(range(studies)), "simulate studies"):
            for kind, values in found.items():
                total[kind] += values
    for kind, values in total.items():
        print(f"{kind}: {np.mean(values):.3f} ({len(values)})")


@app.command()
def serve(
    raters: Annotated[int, typer.Option(min=1)] = 20,
    answers: Annotated[int, typer.Option(min=1)] = 2000,
    kills: Annotated[int, typer.Option(min=0)] = 10,
) -> None:
    """Raters answer at once while the server is killed; every answer must be there, once."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "study"
        study = make_noise_study(folder, 120, raters, (Block.REAL,), num_main=answers // raters)
        outcome = answer_while_killed(study, raters, answers // raters, kills)
    print(f"{outcome.num_sent} answers sent, {outcome.num_again} of them again, {outcome.num_kills} kills")
    print(f"lost {outcome.num_lost}, twice or changed {outcome.num_wrong}, {outcome.seconds:.0f} s")


@app.command()
def exposures(trials: Annotated[int, typer.Option(min=7)] = 210) -> None:
    """Share of timed trials in headless Chromium whose measured exposure is within a frame of what was asked for."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "study"
        study = make_noise_study(folder, trials, 1, (Block.TIMED,), num_main=trials)
        by_exposure = measured_frames_off(study)
    for exposure_ms, frames_off in sorted(by_exposure.items()):
        off = np.abs(frames_off)
        print(
            f"{exposure_ms} ms: {(off <= 1).mean():.3f} of {len(off)} within a frame, "
            f"at most {off.max():.2f} frames off"
        )
    every = np.abs(np.concatenate(list(by_exposure.values())))
    print(f"all: {(every <= 1).mean():.4f} of {len(every)}")


if __name__ == "__main__":
    app()
