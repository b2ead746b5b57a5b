"""One place for the keys of metrics files: what is described agrees with itself and with the files that are kept."""

import json
from fnmatch import fnmatchcase

import pytest

from sims_core.evaluation.rows import ROWS
from sims_core.report.figures import Figure, MetricsFile
from sims_core.report.metrics_files import COST, FILES, TRAININGS
from sims_core.report.picture_figures import ROW_MEANINGS, SYNTHESIS
from sims_core.report.reading import flatten
from sims_core.report.run_sentences import SENTENCES
from sims_core.report.sentences import PLACEHOLDER
from tests.support.project import ROOT

KEPT = ROOT / "docs/figures"
# Figures that are younger than a kept run, or of a run that was trained on the features.
LATER = "lite0_*"
RUNS = [KEPT / "demo", KEPT / "camvid"]
# A file that came after the kept runs is held to them when the next run is kept.
KEPT_FILES = [file for file in FILES if any((run / f"{file.name}.json").exists() for run in RUNS)]


def keys_of(file, run):
    path = run / f"{file.name}.json"
    content = json.loads(path.read_text()) if path.exists() else {}
    return {key for key, _ in flatten(content) if not key.startswith("protocol")}


def test_the_first_description_that_fits_is_a_figures():
    file = MetricsFile("mine", "any", figures=(Figure("a.b", "one"), Figure("a.*", "others"), Figure("*share", "part")))
    found = [file.figure(key) for key in ("a.b", "a.c.d", "x.share", "share", "b")]
    assert [figure.meaning for figure in found] == ["one", "others", "part", "part", ""]
    assert [figure.key for figure in found] == ["a.b", "a.c.d", "x.share", "share", "b"]


def test_headings_say_what_is_better():
    headings = [Figure("key", title="title", better=better).heading for better in ("higher", "lower", "real", "")]
    assert headings == ["title ↑", "title ↓", "title → real", "title"]


def test_every_row_is_explained():
    assert list(ROW_MEANINGS) == [row.name for row in ROWS]


@pytest.mark.parametrize("file", KEPT_FILES, ids=lambda file: file.name)
def test_no_figure_is_described_that_no_run_has(file):
    keys = set.union(*(keys_of(file, run) for run in RUNS))
    shared = {figure.key for figure in TRAININGS["depth"].figures} if file in TRAININGS.values() else set()
    unseen = {figure.key for figure in file.figures if not any(fnmatchcase(key, f"{figure.key}*") for key in keys)}
    assert {key for key in unseen - shared - {"transformers_on_val*"} if not fnmatchcase(key, LATER)} == set()


@pytest.mark.parametrize("name", [file.name for file in KEPT_FILES if file.name in SENTENCES])
def test_sentences_hold_figures_that_a_run_has(name):
    (file,) = [file for file in FILES if file.name == name]
    keys = set.union(*(keys_of(file, run) for run in RUNS))
    named = {found[1] for sentence in SENTENCES[name] for found in PLACEHOLDER.finditer(sentence)}
    missing = {key for key in named if not any(known == key or known.startswith(f"{key}.") for known in keys)}
    assert {key.split(".")[0] for key in missing} <= {"relative_depth"}  # of a depth that neither run has


def test_columns_are_figures_of_the_files_that_are_kept():
    for run in RUNS:
        columns = {column.key for column in SYNTHESIS.columns if not fnmatchcase(column.key, LATER)}
        assert columns <= json.loads((run / "synthesis.json").read_text()).keys()
        for path in (run / "cost").glob("*.json"):
            assert json.loads(path.read_text()).keys() <= {figure.key for figure in COST.figures} | {"protocol"}
