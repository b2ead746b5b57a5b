"""Which raters and which trials do not count, by the rule of the manifest."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom

from sims_core.study.design import Block, ExclusionRule, Kind, Study


@dataclass(frozen=True)
class Counted:
    """What is left of a study's answers.

    Attributes:
        table: Answers that count, sentinels and repeats among them.
        excluded: Why a rater does not count, by rater.
        num_raters: How many there were before.
        num_timed: Timed answers of the raters who count.
        num_off: How many of them were shown for another time than asked for, and left out.
    """

    table: pd.DataFrame
    excluded: dict[str, str]
    num_raters: int
    num_timed: int
    num_off: int


def leave_out(table: pd.DataFrame, study: Study) -> Counted:
    """Apply the study's rule to a table of `read_answers`."""
    rule = study.manifest.exclusion
    sheet_length = sum(study.manifest.num_trials.values())
    excluded = {}
    for rater, answers in table.groupby("rater"):
        reason = _reason(answers, rule, sheet_length)
        if reason is not None:
            excluded[_text(rater)] = reason
    kept = table[~table["rater"].isin(list(excluded))]
    timed = kept["block"] == Block.TIMED.value
    frame_ms = 1000 / kept["refresh_hz"].astype(float)
    frames_off = (kept["measured_ms"].astype(float) - kept["exposure_ms"].astype(float)).abs() / frame_ms
    # Frames of 60 Hz are 16.7 ms, and clocks of browsers are rounded to 0.1 ms.
    off = timed & (frames_off > rule.max_frames_off + 0.01)
    return Counted(kept[~off], excluded, table["rater"].nunique(), int(timed.sum()), int(off.sum()))


def needed_sentinels(num_sentinels: int, level: float) -> int:
    """Return how many sentinels must be right so that a rater who guesses does so at most with this probability.

    More than there are where no number is enough.
    """
    tails = binom.sf(np.arange(num_sentinels + 1) - 1, num_sentinels, 0.5)
    return int((tails > level).sum())


def _reason(answers: pd.DataFrame, rule: ExclusionRule, sheet_length: int) -> str | None:
    if len(answers) < rule.min_answered_share * sheet_length:
        return f"{len(answers)} of {sheet_length} trials answered"
    share_left = float((answers["chosen"] == "left").mean())
    if max(share_left, 1 - share_left) > rule.max_side_share:
        side = "left" if share_left > 0.5 else "right"
        return f"{max(share_left, 1 - share_left):.0%} of the answers on the {side}"
    sentinels = answers.loc[answers["kind"] == Kind.SENTINEL.value, "chose_first"]
    needed = needed_sentinels(len(sentinels), rule.sentinel_level)
    if sentinels.sum() < needed:
        return f"{int(sentinels.sum())} of {len(sentinels)} sentinels right"
    return None


def _text(rater: Hashable) -> str:
    return str(rater)
