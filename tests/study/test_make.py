"""The folder that raters get: blind, whole, and as its manifest says."""

import hashlib
import json

import pytest
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.study.design import SHUFFLED, Block, Kind, open_study
from sims_core.study.make import make_study
from sims_core.study.raters_text import read_raters_text
from tests.support.small_study import FRAME, small_deal, small_set, small_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return small_study(tmp_path_factory.mktemp("made") / "study", num_sheets=3)


def shown(study, sheet=0):
    text = (study.folder / f"page/sheets/{sheet:04d}.js").read_text()
    return json.loads(text.removeprefix("window.SHEET = ").removesuffix(";\n"))["trials"]


def test_raters_get_no_name_of_a_method_or_layout(study):
    for path in (study.folder / "page").rglob("*"):
        assert not any(name in path.name for name in ("ours", "theirs", "real", "street"))
        if path.suffix in (".js", ".json") and "vendor" not in path.parts and path.parent.name != "page":
            assert "theirs" not in path.read_text()
            assert "street_" not in path.read_text()
    assert "theirs" not in (study.folder / "page/manifest.json").read_text()
    assert {"id", "block", "left", "right", "layout", "exposure_ms"} == set(shown(study)[0])


def test_the_manifest_has_the_digest_of_every_picture_and_pictures_hold_no_text(study):
    folder = study.folder / "page/pictures"
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    assert study.manifest.pictures == digests
    for path in folder.iterdir():
        with Image.open(path) as picture:
            assert picture.size == FRAME[::-1] == study.manifest.frame
            assert picture.info == {}


def test_every_trial_shows_what_the_key_says(study):
    rows = {name: pictures for name, _, pictures in small_set().read()}
    folder = study.folder / "page/pictures"

    def pixels(name):
        with Image.open(folder / name) as picture:
            return picture.convert("RGB").tobytes()

    for trial in shown(study, 1):
        key = study.key.trials[trial["id"]]
        assert pixels(trial["left" if key.first_is_left else "right"]) == rows[key.layout][key.first].tobytes()
        other = pixels(trial["right" if key.first_is_left else "left"])
        if key.second != SHUFFLED:
            assert other == rows[key.layout][key.second].tobytes()
        elif key.block is Block.LAYOUT:
            assert other in {p["real"].tobytes() for name, p in rows.items() if name != key.layout}
        else:
            original = rows[key.layout]["real"]
            assert other != original.tobytes()
            assert sorted(other) == sorted(original.tobytes())
        assert (trial["layout"] is not None) == (key.block is Block.LAYOUT)


def test_the_same_pictures_and_seed_give_the_same_bytes(study, tmp_path):
    again = small_study(tmp_path / "again", num_sheets=3)
    files = sorted(path.relative_to(study.folder) for path in study.folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again.folder) for path in again.folder.rglob("*") if path.is_file())
    assert all((study.folder / file).read_bytes() == (again.folder / file).read_bytes() for file in files)


def test_the_vendored_library_is_the_one_that_is_named(study):
    folder = study.folder / "page/vendor"
    versions = json.loads((folder / "versions.json").read_text())
    assert {path.name for path in folder.iterdir()} == {*versions, "versions.json", "LICENSE.txt"}
    for name, entry in versions.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"]


def test_a_study_may_move_and_a_changed_manifest_is_noticed(study, tmp_path):
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (moved / "page").mkdir()
    for name in ("key.json", "page/manifest.json"):
        (moved / name).write_bytes((study.folder / name).read_bytes())
    assert open_study(moved).manifest == study.manifest
    manifest = (moved / "page/manifest.json").read_text()
    (moved / "page/manifest.json").write_text(manifest.replace('"max_side_share": 0.9', '"max_side_share": 1.0'))
    with pytest.raises(SimsError, match=r"key\.json: belongs to another study, or the manifest was changed"):
        open_study(moved)


def test_too_few_sentinels_and_a_folder_that_holds_something_are_refused(tmp_path):
    pictures = small_set()
    with pytest.raises(SimsError, match="too few sentinels"):
        small_study(tmp_path / "small", blocks=(Block.REAL,), num_main=50)
    assert not (tmp_path / "small").exists()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/answers.sqlite").write_text("")
    with pytest.raises(SimsError, match="is there already"):
        make_study(pictures, small_deal(pictures), 2, read_raters_text(None), tmp_path / "taken")


def test_without_real_photographs_sentinels_show_the_first_method(tmp_path):
    study = small_study(tmp_path / "study", num_sheets=1, pictures=small_set(real=None))
    assert study.key.methods == ("ours", "theirs")
    assert {t.first for t in study.key.trials.values() if t.kind is Kind.SENTINEL} == {"ours"}


def test_raters_text_is_pages_by_heading_and_html_in_it_is_text(tmp_path):
    path = tmp_path / "text.md"
    path.write_text("# Agree?\n\nYes <script>alert(1)</script>\n\n## Data\n\n# How\n\nLook.\n")
    text = read_raters_text(path)
    assert text.title == "Agree?"
    assert len(text.pages) == 2
    assert "&lt;script&gt;" in text.pages[0]
    assert "<h2>Data</h2>" in text.pages[0]
    path.write_text("no heading")
    with pytest.raises(SimsError, match=r"text\.md: is no text for raters"):
        read_raters_text(path)
