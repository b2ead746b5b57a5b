"""Pictures -> a study's folder: the page for raters, and the key that stays at home."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_folder, write_json
from sims_core.base.pictures import encode_png
from sims_core.evaluation.scoring import shuffled_pairs
from sims_core.study.design import (
    KEY,
    MANIFEST,
    PAGE,
    QUESTIONS,
    SHEETS,
    SHUFFLED,
    Block,
    ExclusionRule,
    Key,
    KeyTrial,
    Kind,
    Manifest,
)
from sims_core.study.pictures import Picture, PictureSet, shuffle_tiles
from sims_core.study.raters_text import RatersText
from sims_core.study.sheets import Deal, check_deal, draw_sheet

PICTURES = "pictures"
# Names by content: long enough that two pictures never share one.
_NAME_DIGITS = 20
_VENDOR = "vendor"
STATIC = ("index.html", "study.css", "recorder.js", "pair.js", "session.js", "server.js")


@dataclass
class _Files:
    """Pictures as they lie in the page: the name of each, and what was written."""

    folder: Path
    of_method: dict[tuple[str, str], str] = field(default_factory=dict)
    of_layout: dict[str, str] = field(default_factory=dict)
    mixed: dict[str, str] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)

    def write(self, picture: Picture) -> str:
        """Write a picture as PNG without any text in it; return its name, which its content gives."""
        data = encode_png(picture)
        digest = hashlib.sha256(data).hexdigest()
        name = f"{digest[:_NAME_DIGITS]}.png"
        (self.folder / name).write_bytes(data)
        self.sha256[name] = digest
        return name


def make_study(pictures: PictureSet, deal: Deal, num_sheets: int, text: RatersText, out: Path) -> Manifest:
    """Write a study, whole or not at all.

    Args:
        pictures: Of all methods.
        deal: What trials are drawn from.
        num_sheets: For how many raters.
        text: What raters read.
        out: A new or empty folder.

    Returns:
        The manifest.

    Raises:
        SimsError: `out` holds something, too few pictures or sentinels, or a picture that cannot be read.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SimsError(out, "is there already", expected="a new or empty folder", remedy="name another with -o")
    check_deal(deal)
    sheets = [draw_sheet(deal, number) for number in range(num_sheets)]
    rule = ExclusionRule()
    counts = {kind: sum(trial.kind is kind for trial in sheets[0].values()) for kind in Kind}
    _check_sentinels(counts[Kind.SENTINEL], rule)
    with atomic_folder(out) as temporary:
        page = temporary / PAGE
        _copy_page(page)
        written, frame = _write_pictures(page / PICTURES, pictures, deal)
        manifest = Manifest(
            seed=deal.seed,
            questions={block: QUESTIONS[block] for block in deal.blocks},
            exposures_ms=deal.exposures_ms if Block.TIMED in deal.blocks else (),
            frame=frame,
            num_methods=len(deal.methods),
            num_layouts=len(deal.layouts),
            num_sheets=num_sheets,
            num_trials=counts,
            exclusion=rule,
            consent_sha256=text.sha256,
            pictures=dict(sorted(written.sha256.items())),
        )
        write_json(page / MANIFEST, manifest.model_dump(mode="json"))
        _write_script(page / "study.js", "STUDY", {**_description(manifest), "pages": text.pages, "title": text.title})
        for number, sheet in enumerate(sheets):
            shown = [_shown(trial_id, trial, written) for trial_id, trial in sheet.items()]
            _write_script(page / SHEETS / f"{number:04d}.js", "SHEET", {"number": number, "trials": shown})
        methods = (*deal.methods, *(() if deal.real is None else (deal.real,)))
        trials = {trial_id: trial for sheet in sheets for trial_id, trial in sheet.items()}
        key = Key(study=manifest.study_id, methods=methods, trials=trials)
        write_json(temporary / KEY, key.model_dump(mode="json"))
    return manifest


def _check_sentinels(num_sentinels: int, rule: ExclusionRule) -> None:
    """A rater who guesses must be able to fail."""
    if 0.5**num_sentinels > rule.sentinel_level:
        raise SimsError(
            "the study",
            "has too few sentinels to tell a rater who guesses",
            expected="6 or more, one for every ten trials of a block",
            found=num_sentinels,
            remedy="raise --trials, with more pictures where they do not suffice",
        )


def _copy_page(page: Path) -> None:
    source = files("sims_core.study") / PAGE
    (page / _VENDOR).mkdir(parents=True)
    (page / SHEETS).mkdir()
    (page / PICTURES).mkdir()
    for name in (*STATIC, *(f"{_VENDOR}/{item.name}" for item in (source / _VENDOR).iterdir())):
        (page / name).write_bytes((source / name).read_bytes())


def _write_pictures(folder: Path, pictures: PictureSet, deal: Deal) -> tuple[_Files, tuple[int, int]]:
    """Write every picture, every layout, and of the sentinels' pictures one of shuffled tiles."""
    written = _Files(folder)
    frame = (0, 0)
    source = deal.real or deal.methods[0]
    for name, layout, by_row in pictures.read():
        frame = (layout.shape[1], layout.shape[0])
        for row, picture in by_row.items():
            written.of_method[row, name] = written.write(picture)
        if Block.LAYOUT in deal.blocks:
            written.of_layout[name] = written.write(layout)
        written.mixed[name] = written.write(shuffle_tiles(by_row[source], deal.seed, name))
    others = shuffled_pairs(deal.layouts, deal.seed)
    for name in deal.layouts:
        # Beside a layout even a real photograph is wrong when it is that of another one.
        written.of_method[f"{SHUFFLED}/{Block.LAYOUT}", name] = written.of_method[source, others.get(name, name)]
        for block in (Block.REAL, Block.TIMED):
            written.of_method[f"{SHUFFLED}/{block}", name] = written.mixed[name]
    return written, frame


def _description(manifest: Manifest) -> dict[str, Any]:
    return {
        "id": manifest.study_id,
        "questions": {block.value: question for block, question in manifest.questions.items()},
        "numSheets": manifest.num_sheets,
        "frame": manifest.frame,
    }


def _shown(trial_id: str, trial: KeyTrial, written: _Files) -> dict[str, Any]:
    """Return what the page needs to show a trial, and nothing that says why it is there."""
    second = f"{SHUFFLED}/{trial.block}" if trial.kind is Kind.SENTINEL else trial.second
    names = [written.of_method[trial.first, trial.layout], written.of_method[second, trial.layout]]
    left, right = names if trial.first_is_left else names[::-1]
    return {
        "id": trial_id,
        "block": trial.block.value,
        "left": left,
        "right": right,
        "layout": written.of_layout[trial.layout] if trial.block is Block.LAYOUT else None,
        "exposure_ms": trial.exposure_ms,
    }


def _write_script(path: Path, name: str, content: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write JSON as a script: a page that was opened by a double click may run a file, but not read one."""
    path.write_text(f"window.{name} = {json.dumps(content)};\n", encoding="utf-8")
