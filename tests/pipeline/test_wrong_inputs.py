"""Wrong inputs end in one clear line and a non-zero exit, and leave what was there as it was."""

import shutil

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from tests.support.artifacts import sign_all
from tests.support.project import digests, run_command, run_process


@pytest.fixture
def project(finished_project, tmp_path):
    """A copy of the finished project to spoil."""
    folder = tmp_path / "project"
    shutil.copytree(finished_project, folder)
    return folder


@pytest.fixture
def photo_project(project):
    """The same with params.yaml pointing at two photos and label maps of the user's own."""
    rng = np.random.default_rng(0)
    raw = project / "raw"
    for split in ("train", "val"):
        for name in (split, f"{split}annot"):
            (raw / name).mkdir(parents=True)
        Image.fromarray(rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)).save(raw / split / f"{split}.png")
        Image.fromarray(np.full((60, 80), 3, np.uint8)).save(raw / f"{split}annot" / f"{split}.png")
    # 64 rows, as in the tiny preset: `synthesis.resolutions` must end there.
    edit_parameters(project, prepare={"height_px": 64, "width_px": 80, "source": {"dataset": "camvid", "root": "raw"}})
    return project


def edit_parameters(project, **sections):
    path = project / "params.yaml"
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    content = yaml.load(path.read_text()) | sections
    with path.open("w") as file:
        yaml.dump(content, file)


def assert_one_line_and_nothing_changed(project, *command, message, run=run_command):
    before = digests(project)
    result = run(project, *command)
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, result.stderr
    assert message in lines[0]
    assert "Traceback" not in result.stderr
    after = {path: digest for path, digest in digests(project).items() if "__pycache__" not in path}
    assert after == before


def test_photos_of_ones_own_are_accepted(photo_project):
    result = run_command(photo_project, "stages.prepare")
    assert result.returncode == 0, result.stderr


def test_missing_label(photo_project):
    """In a process of its own, as a user sees it."""
    (photo_project / "raw/trainannot/train.png").unlink()
    assert_one_line_and_nothing_changed(
        photo_project, "-m", "stages.prepare", message="photo without label map: train", run=run_process
    )


def test_size_mismatch(photo_project):
    Image.fromarray(np.zeros((60, 70), np.uint8)).save(photo_project / "raw/valannot/val.png")
    assert_one_line_and_nothing_changed(photo_project, "stages.prepare", message="expected 80x60 as val.png")


def test_unknown_label_value(photo_project):
    Image.fromarray(np.full((60, 80), 42, np.uint8)).save(photo_project / "raw/trainannot/train.png")
    assert_one_line_and_nothing_changed(photo_project, "stages.prepare", message="unknown label value 42")


def test_colour_label_in_an_id_dataset(photo_project):
    Image.fromarray(np.full((60, 80, 3), (0, 0, 1), np.uint8)).save(photo_project / "raw/trainannot/train.png")
    assert_one_line_and_nothing_changed(photo_project, "stages.prepare", message="is a colour picture")


def test_truncated_png(photo_project):
    path = photo_project / "raw/train/train.png"
    path.write_bytes(path.read_bytes()[:-200])
    assert_one_line_and_nothing_changed(photo_project, "stages.prepare", message="picture is damaged")


def test_empty_split(photo_project):
    (photo_project / "raw/val/val.png").unlink()
    assert_one_line_and_nothing_changed(photo_project, "stages.prepare", message="split 'val' has no photos")


def test_misspelt_parameter(project):
    path = project / "params.yaml"
    path.write_text(path.read_text().replace("num_candidates", "num_candidate", 1))
    for stage in ("prepare", "train_synthesis", "report"):
        assert_one_line_and_nothing_changed(project, f"stages.{stage}", message="num_candidates")


def test_missing_weights(project):
    (project / "data/models/synthesis/weights.safetensors").unlink()
    assert_one_line_and_nothing_changed(project, "stages.synthesize", message="run stage 'train_synthesis'")


def test_corrupt_parquet(project):
    path = next((project / "data/scenes").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-100])
    assert_one_line_and_nothing_changed(project, "stages.retrieve", message="is damaged or another file: its SHA-256")


def test_layout_with_a_category_unknown_to_the_bank(project):
    for partition in (project / "data/bank").glob("category=road"):
        shutil.rmtree(partition)
    manifest = project / "data/bank/manifest.json"
    manifest.write_text(manifest.read_text().replace('"road":', '"something else":'))
    sign_all(project / "data")
    Image.fromarray(np.zeros((64, 128), np.uint8)).save(project / "layout.png")
    assert_one_line_and_nothing_changed(
        project, "sims_core.cli", "synthesize", "layout.png", "-o", "out.png",
        message="category 'road' is unknown to the bank",
    )  # fmt: skip
