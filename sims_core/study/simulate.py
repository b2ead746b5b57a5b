"""Raters of known preference: what an analysis must find again, and a rehearsal before people are asked.

A rater prefers the first method of a pair where a normal number exceeds 0: mean by exposure, plus what this rater and
this layout add, so that answers of one rater and answers to one layout are alike (a probit model with crossed
effects). Its mean is chosen so that over all raters and layouts the share is the one asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from sims_core.base.errors import SimsError
from sims_core.base.seeding import random_stream
from sims_core.study.answers import RatersAnswer
from sims_core.study.design import KeyTrial, Kind, Study

SHORT_MS = 500
_RIGHT_SENTINELS = 0.98
_REFRESH_HZ = 60.0
# Of timed trials that a busy browser shows too long.
_LATE = 0.01
_LATE_FRAMES = 3
_RESPONSE_MS = (400.0, 1600.0)


@dataclass(frozen=True)
class Preference:
    """How raters choose.

    Attributes:
        share: Of all answers that are for the first method of a pair.
        short_share: The same for exposures up to half a second.
        rater_spread: Standard deviation of what a rater adds, in standard deviations of a single answer.
        layout_spread: The same for a layout.
    """

    share: float
    short_share: float
    rater_spread: float = 0.3
    layout_spread: float = 0.3

    def mean(self, exposure_ms: int | None) -> float:
        """Return the mean of the normal number."""
        share = self.short_share if exposure_ms is not None and exposure_ms <= SHORT_MS else self.share
        return NormalDist().inv_cdf(share) * sqrt(1 + self.rater_spread**2 + self.layout_spread**2)


@dataclass(frozen=True)
class Crowd:
    """Who answers: raters who look, then some who always press left, then some who guess; a sheet for each."""

    num_attentive: int
    num_always_left: int = 0
    num_guessing: int = 0

    @property
    def num_raters(self) -> int:
        """How many there are."""
        return self.num_attentive + self.num_always_left + self.num_guessing


def play(study: Study, crowd: Crowd, preference: Preference, seed: int) -> Iterator[RatersAnswer]:
    """Yield the answers of all raters.

    Raises:
        SimsError: More raters than sheets.
    """
    if crowd.num_raters > study.manifest.num_sheets:
        raise SimsError(
            f"{crowd.num_raters} raters", "are more than the study is made for", expected=study.manifest.num_sheets
        )
    layouts = sorted({trial.layout for trial in study.key.trials.values()})
    drawn = random_stream(seed, "simulate study", "layouts").normal(0, preference.layout_spread, len(layouts))
    liking = dict(zip(layouts, drawn.tolist(), strict=True))
    for sheet in range(crowd.num_raters):
        rng = random_stream(seed, "simulate study", "rater", sheet)
        own = float(rng.normal(0, preference.rater_spread))
        for trial_id in study.sheet(sheet):
            trial = study.key.trials[trial_id]
            if sheet >= crowd.num_attentive:
                is_left = sheet < crowd.num_attentive + crowd.num_always_left or rng.random() < 0.5
            else:
                mean = preference.mean(trial.exposure_ms) + own + liking[trial.layout]
                is_left = _prefers_first(trial, mean, rng) == trial.first_is_left
            yield _answer(study, f"simulated-{sheet:04d}", trial_id, trial, is_left, rng)


def _prefers_first(trial: KeyTrial, mean: float, rng: np.random.Generator) -> bool:
    if trial.kind is Kind.SENTINEL:
        return bool(rng.random() < _RIGHT_SENTINELS)
    return bool(rng.normal(mean) > 0)


def _answer(
    study: Study, rater: str, trial_id: str, trial: KeyTrial, is_left: bool, rng: np.random.Generator
) -> RatersAnswer:
    frame_ms = 1000 / _REFRESH_HZ
    measured_ms = None
    late = _LATE_FRAMES if rng.random() < _LATE else 0
    if trial.exposure_ms is not None:
        measured_ms = (round(trial.exposure_ms / frame_ms) + late) * frame_ms
    return RatersAnswer(
        study=study.manifest.study_id,
        rater=rater,
        trial=trial_id,
        chosen="left" if is_left else "right",
        response_ms=float(rng.uniform(*_RESPONSE_MS)),
        input="simulated",
        exposure_ms=trial.exposure_ms,
        measured_ms=measured_ms,
        refresh_hz=None if measured_ms is None else _REFRESH_HZ,
        dropped_frames=None if measured_ms is None else late,
    )
