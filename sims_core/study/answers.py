"""Answers: one by one as raters give them, and all of a study as a table with what each trial showed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file
from sims_core.base.text_files import invalid, parse_json, read_text
from sims_core.study.design import KeyTrial, Kind, Study

DATABASE = "answers.sqlite"
_ENDINGS = (".jsonl", ".sqlite")

Milliseconds = Annotated[float, Field(ge=0, le=86_400_000)]


class Answer(BaseModel):
    """What a rater chose in one trial, as the page sends it.

    Attributes:
        trial: Id of the trial.
        chosen: On which side the chosen picture was.
        response_ms: From when an answer was possible.
        input: By what it was given.
        exposure_ms: How long pictures were to be shown; None without limit, as the following ones.
        measured_ms: How long they were shown, by the clock of the screen's frames.
        refresh_hz: Frames of the screen in a second.
        dropped_frames: How many were left out while pictures were shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trial: str = Field(min_length=1, max_length=40)
    chosen: Literal["left", "right"]
    response_ms: Milliseconds
    input: Literal["key", "pointer", "button", "simulated"]
    exposure_ms: Milliseconds | None = None
    measured_ms: Milliseconds | None = None
    refresh_hz: float | None = Field(default=None, gt=0, le=1000)
    dropped_frames: int | None = Field(default=None, ge=0, le=100_000)


class RatersAnswer(Answer):
    """An answer as a line of a file: with its study and its rater."""

    study: str = Field(max_length=40)
    rater: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")


def fault_of(answer: Answer, trial: KeyTrial | None) -> str | None:
    """Return what is wrong with an answer to a trial, None where nothing is."""
    if trial is None:
        return f"there is no trial '{answer.trial}' in this study"
    if answer.exposure_ms != trial.exposure_ms:
        return f"exposure_ms of trial '{answer.trial}' is {answer.exposure_ms}, the study says {trial.exposure_ms}"
    measured = (answer.measured_ms, answer.refresh_hz, answer.dropped_frames)
    if trial.exposure_ms is not None and None in measured:
        return f"trial '{answer.trial}' is timed, and its answer says not how long its pictures were shown"
    return None


def read_answers(path: Path, study: Study) -> pd.DataFrame:
    """Read all answers to a study.

    Args:
        path: A file of JSON Lines, the database of `sims study serve`, or a folder of such files.
        study: Whose trials they answer.

    Returns:
        A row for each rater and trial: the fields of the answer, those of the trial, and `chose_first` (bool),
        sorted by rater and trial.

    Raises:
        SimsError: No answers, a damaged line, an answer to another study, two different answers to one trial.
    """
    rows: dict[tuple[str, str], RatersAnswer] = {}
    for where, answer in _all_answers(path):
        _check(where, answer, study)
        first = rows.setdefault((answer.rater, answer.trial), answer)
        if first != answer:
            raise SimsError(
                where,
                f"rater '{answer.rater}' answered trial '{answer.trial}' twice and differently",
                remedy="two raters have one name, or a file was changed: keep one of them",
            )
    if not rows:
        raise SimsError(path, "holds no answers")
    return _table([rows[key] for key in sorted(rows)], study)


def _table(answers: Iterable[RatersAnswer], study: Study) -> pd.DataFrame:
    records = []
    for answer in answers:
        trial = study.key.trials[answer.trial]
        chose_first = (answer.chosen == "left") == trial.first_is_left
        shown = trial.model_dump(mode="json", exclude={"exposure_ms"})
        records.append({**answer.model_dump(mode="json"), **shown, "chose_first": chose_first})
    return pd.DataFrame.from_records(records)


def table_of(answers: Iterable[RatersAnswer], study: Study) -> pd.DataFrame:
    """Return the table of answers that are known to be right, as `read_answers` does."""
    return _table(sorted(answers, key=lambda answer: (answer.rater, answer.trial)), study)


def write_answers(folder: Path, answers: Iterable[RatersAnswer]) -> int:
    """Write a file of JSON Lines for each rater into a folder; return how many raters there are."""
    by_rater: dict[str, list[str]] = {}
    for answer in answers:
        by_rater.setdefault(answer.rater, []).append(answer.model_dump_json())
    for rater, lines in by_rater.items():
        with atomic_file(folder / f"answers-{rater}.jsonl") as temporary:
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(by_rater)


def _all_answers(path: Path) -> Iterator[tuple[str, RatersAnswer]]:
    if not path.exists():
        raise SimsError(path, "not found", expected="a folder of answers, or a file of them")
    files = sorted(file for file in path.iterdir() if file.suffix in _ENDINGS) if path.is_dir() else [path]
    if not files:
        raise SimsError(path, "no answers in this folder", expected=f"files that end in {' or '.join(_ENDINGS)}")
    for file in files:
        yield from _database_answers(file) if file.suffix == ".sqlite" else _line_answers(file)


def _line_answers(file: Path) -> Iterator[tuple[str, RatersAnswer]]:
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if line.strip():
            where = f"{file}, line {number}"
            yield where, _parsed(where, line)


def _database_answers(file: Path) -> Iterator[tuple[str, RatersAnswer]]:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT rater, study, answer FROM answers ORDER BY rater, trial").fetchall()
    except sqlite3.Error as error:
        raise SimsError(file, "is no database of answers", found=error) from error
    for rater, study, text in rows:
        content = {**parse_json(file, text), "rater": rater, "study": study}
        yield str(file), _validated(str(file), content)


def _parsed(where: str, line: str) -> RatersAnswer:
    content = parse_json(where, line, "the file was cut off or changed: get it from the rater again")
    return _validated(where, content)


def _validated(where: str, content: object) -> RatersAnswer:
    try:
        return RatersAnswer.model_validate(content)
    except ValidationError as error:
        raise invalid(where, error) from error


def _check(where: str, answer: RatersAnswer, study: Study) -> None:
    if answer.study != study.manifest.study_id:
        raise SimsError(
            where,
            "answers another study",
            expected=f"study {study.manifest.study_id} of {study.folder}",
            found=answer.study,
            remedy="name its folder with --study",
        )
    fault = fault_of(answer, study.key.trials.get(answer.trial))
    if fault is not None:
        raise SimsError(where, fault)


def is_main(table: pd.DataFrame) -> pd.Series[bool]:
    """Say of each row whether it counts for a preference: neither sentinel nor repeat."""
    return table["kind"] == Kind.MAIN.value
