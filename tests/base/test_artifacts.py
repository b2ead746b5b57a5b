"""Cards of artifacts: what they name, and what is refused by them."""

import hashlib
import os

import pytest

from sims_core.base.artifacts import ARTIFACT_CARD, ancestry, check_together, new_artifact, open_artifact
from sims_core.base.errors import SimsError


def make(folder, name, content=b"1", inputs=()):
    with new_artifact(folder / name, name, f"make_{name}", inputs) as temporary:
        (temporary / "part").mkdir()
        (temporary / "part/a.bin").write_bytes(content)
        (temporary / "b.bin").write_bytes(b"b")
    return folder / name


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_a_card_names_its_files_and_all_artifacts_behind(tmp_path):
    scenes = make(tmp_path, "scenes")
    bank = make(tmp_path, "bank", inputs=[scenes])
    card = open_artifact(make(tmp_path, "matches", inputs=[bank])).card
    assert card.files == {"b.bin": sha256(b"b"), "part/a.bin": sha256(b"1")}
    assert card.made_by == "make_matches"
    assert card.made_from == {f.name: open_artifact(f).card.digest for f in (bank, scenes)}


def test_the_same_content_is_the_same_artifact_wherever_it_lies(tmp_path):
    for place in ("one", "other"):
        make(tmp_path / place, "bank", inputs=[make(tmp_path / place, "scenes")])
    check_together(tmp_path / "one/bank", tmp_path / "other/scenes", tmp_path / "other/bank")
    assert ancestry([tmp_path / "one/bank"]) == ancestry([tmp_path / "other/bank", tmp_path / "other/scenes"])


def test_artifacts_of_two_runs_are_refused_by_name(tmp_path):
    one, other = make(tmp_path / "one", "scenes"), make(tmp_path / "other", "scenes", b"2")
    bank = make(tmp_path / "one", "bank", inputs=[one])
    with pytest.raises(SimsError, match=r"other/scenes: does not belong to .*one/bank: .* different .scenes."):
        check_together(bank, other)
    # Two that were both made from what is not at hand.
    with pytest.raises(SimsError, match=r"come from different .scenes., .*; run `dvc repro`"):
        check_together(bank, make(tmp_path / "other", "depth", inputs=[other]))


def test_inputs_are_checked_before_anything_is_made(tmp_path):
    one, other = make(tmp_path / "one", "scenes"), make(tmp_path / "other", "scenes", b"2")
    with pytest.raises(SimsError, match="different 'scenes'"), new_artifact(tmp_path / "x", "x", "s", [one, other]):
        raise AssertionError("the block was entered")
    assert not (tmp_path / "x").exists()


def test_missing_foreign_doubled_and_damaged_files(tmp_path):
    folder = make(tmp_path, "bank")
    artifact = open_artifact(folder, "extract_bank")
    assert artifact.paths("part/*.bin") == [folder / "part/a.bin"]
    assert artifact.file("b.bin") == folder / "b.bin"
    (folder / "part/copy.bin").write_bytes(b"1")
    with pytest.raises(SimsError, match=r"part/copy\.bin: does not belong here"):
        artifact.paths("part/*.bin")
    assert artifact.paths("*.x") == []
    (folder / "part/copy.bin").unlink()
    (folder / "part/a.bin").write_bytes(b"2")
    with pytest.raises(SimsError, match=r"part/a\.bin: is damaged or another file.*run `dvc checkout --force .*bank`"):
        artifact.file("part/a.bin")
    (folder / "part/a.bin").unlink()
    with pytest.raises(SimsError, match=r"part/a\.bin: not found; run stage 'make_bank' first"):
        artifact.file("part/a.bin")
    with pytest.raises(SimsError, match=r"c\.bin: not found"):
        artifact.file("c.bin")


def test_damage_through_a_link_has_damaged_the_copy_too(tmp_path):
    folder = make(tmp_path, "bank")
    os.link(folder / "b.bin", tmp_path / "copy in the cache")
    (folder / "b.bin").write_bytes(b"c")
    with pytest.raises(SimsError, match="run `dvc repro --force --single-item make_bank`"):
        open_artifact(folder).file("b.bin")


def test_a_file_that_changes_after_it_was_checked_is_checked_again(tmp_path):
    artifact = open_artifact(make(tmp_path, "bank"))
    path = artifact.file("b.bin")
    path.write_bytes(b"longer")
    with pytest.raises(SimsError, match="is damaged"):
        artifact.file("b.bin")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "artifact.json: not found; run stage 'extract_bank' first"),
        ("{", "artifact.json: is not valid JSON"),
        ("{}", "artifact.json: 'name' Field required"),
        ("[]", "artifact.json: 'the content' "),
    ],
)
def test_a_card_that_is_none(tmp_path, content, message):
    folder = make(tmp_path, "bank")
    (folder / ARTIFACT_CARD).unlink()
    if content is not None:
        (folder / ARTIFACT_CARD).write_text(content)
    with pytest.raises(SimsError, match=message) as caught:
        open_artifact(folder, "extract_bank")
    assert "\n" not in str(caught.value)


def test_a_card_that_was_changed_does_not_fit_its_digest(tmp_path):
    card = make(tmp_path, "bank", inputs=[make(tmp_path, "scenes")]) / ARTIFACT_CARD
    text = card.read_text()
    for changed in (text.replace("make_bank", "make_tank"), text.replace('"scenes": "', '"other": "')):
        card.write_text(changed)
        with pytest.raises(SimsError, match="is damaged: it does not fit its own digest; run `dvc repro`"):
            open_artifact(card.parent)
    # Another way to write the same is the same card.
    card.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    check_together(tmp_path / "bank", tmp_path / "scenes")
