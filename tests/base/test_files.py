import pytest

from sims_core.base.errors import SimsError, nearest
from sims_core.base.files import atomic_file, atomic_folder, read_json, write_json


def test_folder_is_replaced_whole(tmp_path):
    target = tmp_path / "out"
    for text in ("old", "new"):
        with atomic_folder(target) as temporary:
            (temporary / text).write_text(text)
    assert [p.name for p in target.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def fail_in_folder(target):
    with atomic_folder(target) as temporary:
        (temporary / "half").write_text("2")
        raise RuntimeError


def fail_in_file(target):
    with atomic_file(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError


def test_failure_leaves_the_earlier_folder_and_file(tmp_path):
    folder, file = tmp_path / "out", tmp_path / "x.json"
    folder.mkdir()
    (folder / "kept").write_text("1")
    write_json(file, {"kept": 1})
    with pytest.raises(RuntimeError):
        fail_in_folder(folder)
    with pytest.raises(RuntimeError):
        fail_in_file(file)
    assert [p.name for p in folder.iterdir()] == ["kept"]
    assert read_json(file, "stage") == {"kept": 1}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "x.json"]


def test_read_json_names_the_stage(tmp_path):
    with pytest.raises(SimsError, match="run stage 'prepare'"):
        read_json(tmp_path / "none.json", "prepare")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(SimsError, match="not valid JSON"):
        read_json(tmp_path / "bad.json", "prepare")


def test_json_never_holds_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"iou": float("nan")})
    assert not list(tmp_path.iterdir())


def test_error_is_one_line():
    error = SimsError("file", "what\nhappened", expected="1", found="2", remedy="do this")
    assert str(error) == "file: what happened, expected 1, found 2; do this"


def test_nearest():
    assert nearest("min_aera", ["max_area", "min_area", "seed"]) == "min_area"
    assert nearest("zzz", ["seed"]) is None
