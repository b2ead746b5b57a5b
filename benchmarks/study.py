"""Do studies find a preference that is known, lose no answer, and show pictures for as long as they say?

    python -m benchmarks.study intervals --studies 1000
    python -m benchmarks.study serve --raters 20 --answers 2000 --kills 10
    python -m benchmarks.study exposures --trials 210        # needs Debian's Chromium and Playwright

docs/study.md has the figures.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer

from benchmarks.study_browser import measured_frames_off
from benchmarks.study_intervals import make_noise_study, simulate_one
from benchmarks.study_kills import answer_while_killed
from sims_core.base.parallel import parallel_map
from sims_core.study.design import Block
from sims_core.study.simulate import Crowd, Preference

app = typer.Typer(add_completion=False, help=__doc__)


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
