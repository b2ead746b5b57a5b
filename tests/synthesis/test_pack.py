"""A finished project as one file: what is in it, that it makes the same pictures, and which files are refused."""

import errno
import json
import shutil
import stat
import subprocess
import sys
import warnings
from copy import copy
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from sims_core import SimsError, Synthesizer
from sims_core.base.pictures import write_png
from sims_core.base.read_pictures import read_photo
from sims_core.cli.app import commands
from sims_core.formats.bank import BankReader
from sims_core.formats.scenes import SceneReader
from sims_core.synthesis.pack import bank_credits, pack_project
from sims_core.synthesis.packed import open_project
from tests.support.project import digests, environment
from tests.support.small_project import write_data


@pytest.fixture(scope="module")
def packed(finished_project, tmp_path_factory):
    out = tmp_path_factory.mktemp("packed") / "project.zip"
    pack_project(finished_project, out)
    return out


@pytest.fixture(scope="module")
def layout(finished_project):
    reader = SceneReader(finished_project / "data/scenes")
    return reader.load(reader.ids("train")[0]).labels


def contents(path):
    with ZipFile(path) as archive:
        return {entry.filename: entry for entry in archive.infolist()}


def test_a_packed_project_is_bank_models_class_table_parameters_and_credits(packed, finished_project):
    parts = {"params.yaml", "data/scenes/classes.json", "data/scenes/artifact.json"}
    for folder in ("bank", "models/transform", "models/ordering", "models/synthesis", "models/layout"):
        parts |= {f"data/{folder}/{name}" for name in digests(finished_project / "data" / folder)}
    entries = contents(packed)
    assert list(entries) == sorted({*parts, "CREDITS.json"})
    assert {(entry.compress_type, entry.date_time[0]) for entry in entries.values()} == {(ZIP_STORED, 1980)}
    with ZipFile(packed) as archive:
        for name in parts:
            assert archive.read(name) == (finished_project / name).read_bytes()
        credit = json.loads(archive.read("CREDITS.json"))
    assert {photo["photo"]: photo["num_segments"] for photo in credit["photos"]} == BankReader(
        finished_project / "data/bank"
    ).manifest["photos"]
    assert {photo["licence"] for photo in credit["photos"]} == set(credit["licences"])
    assert sum(credit["licences"].values()) == len(credit["photos"])


def test_credits_of_a_bank_count_the_segments_of_each_photo(tmp_path):
    write_data(tmp_path)
    assert bank_credits(BankReader(tmp_path / "data/bank")) == {
        "licences": {"licence 0": 1, "licence 1": 1, "licence 2": 1},
        "photos": [
            {"photo": f"train-{name}", "licence": f"licence {number}", "num_segments": 3}
            for number, name in enumerate("abc")
        ],
    }


def test_the_same_project_gives_the_same_bytes_wherever_it_lies(packed, tmp_path):
    with ZipFile(packed) as archive:
        archive.extractall(tmp_path / "moved")
    (tmp_path / "moved/data/bank/.DS_Store").write_bytes(b"left by a file manager")
    pack_project(tmp_path / "moved", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_file_and_folder_make_the_same_photograph(packed, finished_project, layout):
    from_folder = Synthesizer(finished_project).synthesize(layout)
    from_file = Synthesizer(str(packed)).synthesize(layout)
    assert np.array_equal(from_file.photo, from_folder.photo)
    assert from_file.credits == from_folder.credits


def test_commands_pack_a_project_and_use_the_file(packed, finished_project, layout, tmp_path):
    out, picture = tmp_path / "project.zip", tmp_path / "street.png"
    done = CliRunner().invoke(commands, ["project", "pack", "-o", str(out), "--project", str(finished_project)])
    assert done.exit_code == 0, done.output
    assert "segments of 12 photos" in done.output
    assert "12 photos: rendered by this project" in done.output
    assert out.read_bytes() == packed.read_bytes()
    sketch = layout.copy()
    sketch[:8] = 255
    write_png(tmp_path / "layout.png", sketch)
    arguments = [str(tmp_path / "layout.png"), "-o", str(picture), "--project", str(out), "--coarse"]
    done = CliRunner().invoke(commands, ["synthesize", *arguments])
    assert done.exit_code == 0, done.output
    assert read_photo(picture).shape == (*layout.shape, 3)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("params.yaml", "parameter file not found"),
        ("data/scenes/classes.json", "run stage 'prepare' first"),
        ("data/bank/manifest.json", "run stage 'extract_bank' first"),
        ("data/bank/category=sky", "run stage 'extract_bank' first"),
        ("data/models/transform", "run stage 'train_transform' first"),
        ("data/models/ordering/class_prior.json", "run stage 'train_ordering' first"),
        ("data/models/synthesis/weights.safetensors", "run stage 'train_synthesis' first"),
    ],
)
def test_a_project_without_a_part_is_not_packed(packed, tmp_path, part, message):
    with ZipFile(packed) as archive:
        archive.extractall(tmp_path / "project")
    lost = tmp_path / "project" / part
    shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    with pytest.raises(SimsError, match=f"{part}.*{message}"):
        pack_project(tmp_path / "project", tmp_path / "out.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_a_model_that_the_parameters_do_without_is_packed_all_the_same(packed, tmp_path):
    with ZipFile(packed) as archive:
        archive.extractall(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("align: true", "align: false"))
    pack_project(tmp_path, tmp_path / "out.zip")
    assert "data/models/transform/weights.safetensors" in contents(tmp_path / "out.zip")
    shutil.rmtree(tmp_path / "data/models/transform")
    with pytest.raises(SimsError, match="transform: not found; run stage 'train_transform' first"):
        pack_project(tmp_path, tmp_path / "out.zip")


def test_a_folder_is_not_overwritten(finished_project, tmp_path):
    with pytest.raises(SimsError, match="is a folder, expected the name of a file"):
        pack_project(finished_project, tmp_path)
    assert list(tmp_path.iterdir()) == []


def write_zip(path, *entries):
    with warnings.catch_warnings(), ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore", UserWarning)  # two entries of one name
        for entry, content in entries:
            archive.writestr(entry, content)
    return path


def special(name, compress_type=ZIP_STORED, mode=stat.S_IFREG):
    entry = ZipInfo(name)
    entry.compress_type = compress_type
    entry.external_attr = (mode | 0o644) << 16
    return entry


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../params.yaml",
        "data/bank/../../evil",
        "data/bank/a\\..\\b",
        "data/bank//x",
        "data/bank/",
        "evil.py",
    ],
)
def test_a_name_that_is_no_part_of_a_project_is_refused(tmp_path, name):
    path = write_zip(tmp_path / "evil.zip", (ZipInfo("params.yaml"), "seed: 0"), (ZipInfo(name), "evil"))
    with pytest.raises(SimsError, match=r"holds '.*', which is no part of a packed project"):
        open_project(path)


def test_links_and_compressed_files_are_refused(tmp_path):
    link = write_zip(tmp_path / "link.zip", (special("data/bank/link", mode=stat.S_IFLNK), "/etc/passwd"))
    bomb = write_zip(tmp_path / "bomb.zip", (special("params.yaml", ZIP_DEFLATED), bytes(10**6)))
    for path in (link, bomb):
        with pytest.raises(SimsError, match="is a link or compressed, expected a plain stored file"):
            open_project(path)


def test_files_that_share_their_bytes_are_refused(tmp_path):
    path = tmp_path / "bomb.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("params.yaml", bytes(1000))
        (first,) = archive.filelist
        for index in range(10):
            again = copy(first)
            again.filename = f"data/bank/{index}"
            archive.filelist.append(again)
    with pytest.raises(SimsError, match="holds more than fits into it, found 11000 bytes"):
        open_project(path)


def test_two_files_of_one_name_are_refused(tmp_path):
    path = write_zip(tmp_path / "two.zip", *[(ZipInfo("params.yaml"), text) for text in ("seed: 0", "seed: 1")])
    with pytest.raises(SimsError, match="two files of one name"):
        open_project(path)


def test_a_damaged_file_is_refused(packed, tmp_path):
    damaged = bytearray(packed.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    for name, content, message in (
        ("bit.zip", damaged, "cannot be unpacked, found Bad CRC"),
        ("cut.zip", packed.read_bytes()[:-100], "cannot be unpacked, found File is not a zip file"),
        ("text.zip", b"no zip", "cannot be unpacked, found File is not a zip file"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SimsError, match=message):
            open_project(tmp_path / name)


def test_a_project_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SimsError, match="nowhere: project not found, expected a folder, or a file of"):
        Synthesizer(tmp_path / "nowhere")


def test_a_full_disk_is_not_said_of_the_file(packed, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sims_core.synthesis.packed.shutil.copyfileobj", full)
    with pytest.raises(SimsError, match="found No space left on device; make room on this disk") as caught:
        open_project(packed)
    assert "sims project pack" not in str(caught.value)


def test_the_unpacked_folder_lasts_as_long_as_the_process(packed, tmp_path):
    code = """
import sys
from pathlib import Path
from sims_core.synthesis.packed import open_project
folder = open_project(Path(sys.argv[1]))
print(folder, (folder / "params.yaml").is_file())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(packed)],
        env=environment() | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    folder, was_there = done.stdout.split()
    assert (Path(folder).parent, was_there) == (tmp_path, "True")
    assert list(tmp_path.iterdir()) == []
