"""Answers -> preferences with intervals, and how far they can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sims_core.base.csv_files import rounded
from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.study.answers import is_main, read_answers
from sims_core.study.design import UNLIMITED, Kind, Study
from sims_core.study.exclusion import Counted, leave_out
from sims_core.study.statistics import agreement, answers_to_flip, bradley_terry, share_of

_INTERVALS = (
    "95 %: logistic regression, covariance robust to raters and layouts, t of the smaller number of clusters; Wilson "
    "where every answer has another rater and layout, or over raters where all answers are alike"
)


@dataclass(frozen=True)
class Cell:
    """The answers about one pair of methods at one exposure."""

    block: str
    first: str
    second: str
    exposure: str
    answers: pd.DataFrame


def analyse_study(path: Path, study: Study, out: Path) -> dict[str, Any]:
    """Analyse all answers to a study and write the figures as JSON.

    Args:
        path: Answers, see `read_answers`.
        study: Whose trials they answer.
        out: The file to write.

    Returns:
        Its content.

    Raises:
        SimsError: As `read_answers`; or no rater counts.
    """
    content = figures_of(leave_out(read_answers(path, study), study), study)
    write_json(out, content)
    return content


def figures_of(counted: Counted, study: Study) -> dict[str, Any]:
    """Return all figures of a study's answers.

    Raises:
        SimsError: No rater counts.
    """
    table = counted.table
    main = table[is_main(table)]
    if main.empty:
        reasons = "; ".join(f"{rater}: {reason}" for rater, reason in list(counted.excluded.items())[:3])
        raise SimsError("the study", "has no answers that count", found=reasons or "sentinels and repeats alone")
    preferences: dict[str, Any] = {}
    for cell in cells_of(main, study):
        by_pair = preferences.setdefault(cell.block, {})
        by_pair.setdefault(f"{cell.first}_over_{cell.second}", {})[cell.exposure] = _preference(cell.answers)
    return rounded(
        {
            "preferences": preferences,
            "strengths": _strengths(main, study),
            "raters": {
                "num_raters": counted.num_raters,
                "num_counted": counted.num_raters - len(counted.excluded),
                "excluded": counted.excluded,
            },
            "answers": {
                "num_counted": len(main),
                "median_response_ms": float(main["response_ms"].median()),
                "timed": counted.num_timed,
                "timed_off_and_left_out": counted.num_off,
            },
            "sentinels_right": _by_block(table[table["kind"] == Kind.SENTINEL.value], "chose_first"),
            "consistency": _by_block(_repeats(table), "same"),
            "left_chosen": _by_block(main.assign(left=main["chosen"] == "left"), "left"),
            "agreement": {block: _agreement(answers) for block, answers in main.groupby("block", sort=False)},
            "protocol": _protocol(study),
        }
    )


def cells_of(main: pd.DataFrame, study: Study) -> list[Cell]:
    """Return the answers by block, pair of methods (in the order of the study) and exposure."""
    places = {method: index for index, method in enumerate(study.key.methods)}
    exposures = main["exposure_ms"].astype(float).fillna(-1)
    cells = []
    for block in study.manifest.questions:
        of_block = main["block"] == block.value
        pairs = sorted(
            {(str(first), str(second)) for first, second in main.loc[of_block, ["first", "second"]].to_numpy()},
            key=lambda pair: (places[pair[0]], places[pair[1]]),
        )
        for first, second in pairs:
            of_pair = of_block & (main["first"] == first) & (main["second"] == second)
            for exposure in sorted(exposures[of_pair].unique()):
                answers = main[of_pair & (exposures == exposure)]
                cells.append(Cell(block.value, first, second, _label(float(exposure)), answers))
    return cells


def _label(exposure_ms: float) -> str:
    """Return the key of an exposure; below 0 there was none."""
    return UNLIMITED if exposure_ms < 0 else f"{exposure_ms:.0f}"


def _preference(answers: pd.DataFrame) -> dict[str, Any]:
    chose = answers["chose_first"].to_numpy(dtype=bool)
    share = share_of(chose, list(answers["rater"]), list(answers["layout"]))
    return {**share.as_json(), "answers_to_flip": answers_to_flip(int(chose.sum()), len(chose))}


def _strengths(main: pd.DataFrame, study: Study) -> dict[str, Any]:
    """Return Bradley and Terry's strengths where more than two methods are compared, by block and exposure."""
    strengths: dict[str, Any] = {}
    exposures = main["exposure_ms"].astype(float).fillna(-1)
    for (block, exposure), answers in main.groupby([main["block"], exposures], sort=True):
        label = _label(float(str(exposure)))
        compared = [name for name in study.key.methods if name in {*answers["first"], *answers["second"]}]
        if len(compared) > 2:
            strengths.setdefault(str(block), {})[label] = bradley_terry(
                list(answers["first"]),
                list(answers["second"]),
                answers["chose_first"].to_numpy(dtype=bool),
                list(answers["rater"]),
                list(answers["layout"]),
                compared,
            )
    return strengths


def _repeats(table: pd.DataFrame) -> pd.DataFrame:
    """Return the repeats of which the first showing counts, too, with `same`: whether the same picture was chosen."""
    repeats = table[table["kind"] == Kind.REPEAT.value]
    before = table.set_index(["rater", "trial"])["chose_first"]
    keys = list(zip(repeats["rater"], repeats["repeats"], strict=True))
    known = [key in before.index for key in keys]
    earlier = [bool(before[key]) for key, is_known in zip(keys, known, strict=True) if is_known]
    kept = repeats[known]
    return kept.assign(same=kept["chose_first"].to_numpy(dtype=bool) == earlier)


def _by_block(answers: pd.DataFrame, column: str) -> dict[str, Any]:
    """Return the share of True in a column, by block."""
    return {
        str(block): share_of(part[column].to_numpy(dtype=bool), list(part["rater"]), list(part["layout"])).as_json()
        for block, part in answers.groupby("block", sort=False)
    }


def _agreement(answers: pd.DataFrame) -> float | None:
    columns = answers[["first", "second", "layout", "exposure_ms"]].itertuples(index=False)
    items = [repr(tuple(item)) for item in columns]
    return agreement(list(answers["rater"]), items, answers["chose_first"].to_numpy(dtype=bool))


def _protocol(study: Study) -> dict[str, Any]:
    manifest = study.manifest
    return {
        "study": manifest.study_id,
        "questions": {block.value: question for block, question in manifest.questions.items()},
        "exposures_ms": list(manifest.exposures_ms),
        "num_layouts": manifest.num_layouts,
        "resolution": f"{manifest.frame[0]} x {manifest.frame[1]}",
        "trials_of_a_rater": {kind.value: count for kind, count in manifest.num_trials.items()},
        "exclusion": manifest.exclusion.model_dump(mode="json"),
        "intervals": _INTERVALS,
    }
