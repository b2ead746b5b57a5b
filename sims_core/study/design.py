"""What a study is: blocks of questions, the rule for leaving raters out, and the key that says what each trial shows.

A study's folder has two parts. Raters get `page/`, in which pictures are named by their content alone. `key.json`,
which stays with whoever runs the study, says which picture is whose. Both are written once, before the first answer.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sims_core.base.errors import SimsError
from sims_core.base.text_files import invalid, read_json

KEY, PAGE, MANIFEST, SHEETS = "key.json", "page", "manifest.json", "sheets"
EXPOSURES_MS = (125, 250, 500, 1000, 2000, 4000, 8000)
# What stands in for the worse picture of a sentinel.
SHUFFLED = "shuffled"
# The exposure of pictures that stay, in figures.
UNLIMITED = "unlimited"
FORMAT = 1

Model = TypeVar("Model", bound=BaseModel)
Name = Annotated[str, Field(min_length=1, max_length=255)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Block(StrEnum):
    """A part of a rater's session, with one question: `real` and `layout` without limit of time, `timed` with one."""

    REAL = "real"
    LAYOUT = "layout"
    TIMED = "timed"


class Kind(StrEnum):
    """Why a trial is there: an answer that counts, a sentinel with a right answer, a trial again with sides swapped."""

    MAIN = "main"
    SENTINEL = "sentinel"
    REPEAT = "repeat"


QUESTIONS = {
    Block.REAL: "Which picture looks more like a real photograph?",
    Block.LAYOUT: "Which picture fits the coloured drawing better?",
    Block.TIMED: "Which picture looked more like a real photograph?",
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExclusionRule(_Strict):
    """When a rater does not count; fixed before the first answer.

    Attributes:
        min_answered_share: Of the trials of the rater's sheet that must be answered.
        sentinel_level: A rater who guesses gets as many sentinels right as this rater with at most this probability.
        max_side_share: Of answers on one side.
        max_frames_off: A timed trial whose measured exposure is further from the one asked for does not count.
    """

    min_answered_share: float = Field(default=0.5, gt=0, le=1)
    sentinel_level: float = Field(default=0.02, gt=0, lt=1)
    max_side_share: float = Field(default=0.9, gt=0.5, le=1)
    max_frames_off: float = Field(default=1.0, gt=0)


class KeyTrial(_Strict):
    """What a trial shows; `first` and `second` are methods, and the first of a sentinel is the right answer.

    Attributes:
        sheet: Number of the rater's list of trials.
        block: Its question.
        kind: Why it is there.
        layout: Name of the layout that both pictures were made from.
        first: Method of one picture.
        second: Method of the other one, or "shuffled".
        first_is_left: On which side the first one is.
        exposure_ms: How long the pictures show; None without limit.
        repeats: Id of the trial that this one shows again.
    """

    sheet: int = Field(ge=0)
    block: Block
    kind: Kind
    layout: Name
    first: Name
    second: Name
    first_is_left: bool
    exposure_ms: int | None = Field(default=None, gt=0)
    repeats: Name | None = None


class Manifest(_Strict):
    """What is fixed before the first answer, for everybody to see: page/manifest.json.

    Attributes:
        format: Version of this form.
        seed: Of all that is random in the study.
        questions: By block, in the order of the first sheet.
        exposures_ms: Of the timed block; empty where there is none.
        frame: (width, height) of the pictures in pixels.
        num_methods: How many are compared, their names apart.
        num_layouts: How many layouts there are pictures of.
        num_sheets: For how many raters there are trials.
        num_trials: Of one rater: those that count, sentinels and repeats, by kind.
        exclusion: When a rater does not count.
        consent_sha256: Of the Markdown file that raters agree to.
        pictures: SHA-256 by file name, below page/pictures/.
    """

    format: int = FORMAT
    seed: int = Field(ge=0)
    questions: dict[Block, str] = Field(min_length=1)
    exposures_ms: tuple[Annotated[int, Field(gt=0)], ...]
    frame: tuple[int, int]
    num_methods: int
    num_layouts: int
    num_sheets: int = Field(ge=1)
    num_trials: dict[Kind, int]
    exclusion: ExclusionRule
    consent_sha256: Sha256
    pictures: dict[str, Sha256]

    @cached_property
    def study_id(self) -> str:
        """16 hexadecimal digits that change with anything in the manifest; answers carry them."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Key(_Strict):
    """key.json: the methods in the order given (the real photographs last), and what every trial shows."""

    study: str
    methods: tuple[Name, ...] = Field(min_length=2)
    trials: dict[str, KeyTrial] = Field(min_length=1)


class Study(_Strict):
    """A study's folder, read and checked."""

    folder: Path
    manifest: Manifest
    key: Key

    def sheet(self, number: int) -> list[str]:
        """Return the ids of a sheet's trials in their order."""
        return [trial_id for trial_id, trial in self.key.trials.items() if trial.sheet == number]


def trial_id(sheet: int, place: int) -> str:
    """Return the id of a trial, which says nothing about what it shows."""
    return f"{sheet:04d}-{place:04d}"


def open_study(folder: Path) -> Study:
    """Read a study's folder, wherever it was moved to.

    Raises:
        SimsError: It is no study, a file of it is damaged, or key and manifest are of two studies.
    """
    remedy = "name the folder that `sims study make` wrote"
    if not (folder / KEY).is_file():
        raise SimsError(folder, "is no study", expected=f"{KEY} and {PAGE}/{MANIFEST} in it", remedy=remedy)
    manifest = _read(folder / PAGE / MANIFEST, Manifest)
    key = _read(folder / KEY, Key)
    if manifest.format != FORMAT:
        raise SimsError(folder, "is a study of another version", expected=FORMAT, found=manifest.format)
    if key.study != manifest.study_id:
        raise SimsError(
            folder / KEY,
            "belongs to another study, or the manifest was changed after the study was made",
            expected=f"study {manifest.study_id}",
            found=key.study,
        )
    return Study(folder=folder, manifest=manifest, key=key)


def _read(path: Path, model: type[Model]) -> Model:
    if not path.is_file():
        raise SimsError(path, "not found", remedy="copy the study's folder whole")
    content: Any = read_json(path, "copy the study's folder again")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise invalid(path, error) from error
