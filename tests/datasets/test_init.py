import errno
import re
from pathlib import Path

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.parameters import load_parameters
from sims_core.datasets.check.run import check_data
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.init.arrangement import find_arrangement, val_every_of
from sims_core.datasets.init.propose import choose_frame
from sims_core.datasets.init.run import init_project
from sims_core.datasets.settings import PrepareConfig
from sims_core.scenes.classes import VOID
from tests.support.project import ROOT
from tests.support.small_dataset import CLASS_TABLE, label_map, photo, save


def write_pairs(root, places, numbers=range(8), offset=0):
    """Write photos and label maps; `places` are the two paths with {} for the number."""
    for number in numbers:
        save(root / places[0].format(number), photo(number))
        save(root / places[1].format(number), label_map(number) + np.uint8(offset) * (label_map(number) != VOID))


@pytest.mark.parametrize(
    ("places", "patterns"),
    [
        (("images/{}.jpg", "labels/{}.png"), ("images/*.jpg", "labels/*.png")),
        (("images/{}.png", "masks/{}.png"), ("images/*.png", "masks/*.png")),
        (("{}.jpg", "{}.png"), ("*.jpg", "*.png")),
        (("{}.JPG", "{}_mask.png"), ("*.JPG", "*_mask.png")),
        (("{}.png", "{}_mask.png"), ("*.png", "*_mask.png")),
        (("images/{}.TIF", "labels/{}.BMP"), ("images/*.TIF", "labels/*.BMP")),
        (
            ("garden_segmentation/a {}.jpg", "garden_segmentation/masks/a {}.png"),
            ("garden_segmentation/*.jpg", "garden_segmentation/masks/*.png"),
        ),
        (("set [2]/images/{}.jpg", "set [2]/masks/{}.png"), ("set [[]2]/images/*.jpg", "set [[]2]/masks/*.png")),
        (("JPEGImages/{}.jpg", "SegmentationClass/{}.png"), ("JPEGImages/*.jpg", "SegmentationClass/*.png")),
    ],
)
def test_arrangements_without_split(tmp_path, places, patterns):
    write_pairs(tmp_path, places)
    (tmp_path / "notes.txt").write_text("not a picture")
    found = find_arrangement(tmp_path)
    assert found.val is None
    assert (found.train.photos, found.train.labels) == patterns
    assert [photo.stem[-1] for photo, _ in found.pairs] == [str(n) for n in range(8)]


@pytest.mark.parametrize("form", ["{kind}/{split}", "{split}/{kind}", "{split}"])
def test_arrangements_with_split(tmp_path, form):
    for split, numbers in (("training", range(5)), ("val", range(5, 8)), ("test", [8])):
        places = [form.format(kind=kind, split=split) + "/{}" + end for kind, end in (("img", ".jpg"), ("gt", ".png"))]
        write_pairs(tmp_path, places, numbers)
    found = find_arrangement(tmp_path)
    assert found.val is not None
    assert [len(part.pairs) for part in (found.train, found.val)] == [5, 3]
    for part in (found.train, found.val):
        assert sorted(tmp_path.glob(part.photos)) == [photo for photo, _ in part.pairs]
        assert sorted(tmp_path.glob(part.labels)) == [labels for _, labels in part.pairs]


def test_photos_of_several_types_in_folders_of_their_own(tmp_path):
    write_pairs(tmp_path, ("images/a/{}.jpg", "labels/a/{}.png"), range(4))
    write_pairs(tmp_path, ("images/b/{}.JPEG", "labels/b/{}.png"), range(4, 8))
    (tmp_path / "images/.hidden.jpg").write_text("")
    found = find_arrangement(tmp_path)
    assert found.train.photos == ("images/**/*.JPEG", "images/**/*.jpg")
    assert len(found.pairs) == 8


@pytest.mark.parametrize(
    ("places", "message"),
    [
        (("images/{}.jpg", "images/{}.jpg"), "no label maps found among 8 pictures, expected images/ beside labels/"),
        (("images/p{}.jpg", "labels/m{}.png"), "no label map has the name of a photo, expected for p0.jpg a label map"),
        (("images/{}.jpg", "inst/{}.png"), "no label maps found among 16 pictures, 8 of them instance maps"),
    ],
)
def test_arrangements_that_are_not_understood(tmp_path, places, message):
    write_pairs(tmp_path, places)
    with pytest.raises(SimsError, match=message):
        find_arrangement(tmp_path)


def test_empty_folder(tmp_path):
    with pytest.raises(SimsError, match="holds no pictures"):
        find_arrangement(tmp_path)


@pytest.mark.parametrize(
    ("num_photos", "every"), [(5, 2), (6, 2), (7, 3), (8, 3), (9, 4), (11, 5), (100, 5), (1000, 10)]
)
def test_validation_rule_by_hand(num_photos, every):
    # 8 photos: the first, fourth and seventh are for validation.
    assert val_every_of(num_photos) == every
    assert 3 <= -(-num_photos // every) <= max(20, num_photos // 5)


def test_frame_by_hand():
    # 128 x 256 = 32,768 px in the proportions 3:4: 156.8 x 209, in whole 16s 160 x 208.
    assert choose_frame((128, 256), (480, 640)) == (160, 208)
    assert choose_frame((128, 256), (1024, 2048)) == (128, 256)
    # Never larger than the photos.
    assert choose_frame((192, 256), (70, 100)) == (64, 96)
    assert choose_frame((192, 256), (20, 20)) == (32, 32)


def prepare_of(path):
    return load_parameters(path).section("prepare", PrepareConfig)


def test_init_writes_what_the_check_finds_nothing_wrong_with(project):
    write_pairs(project / "mine", ("images/{}.jpg", "masks/{}.png"), offset=4)
    said = init_project(project / "mine", project, project / "params.yaml", None)
    config = prepare_of(project / "params.yaml")
    assert (config.height_px, config.width_px) == (48, 64)
    assert (config.source.val_every, config.source.label_values) == (3, (4, 5, 6))
    assert read_class_table(project / "mine/classes.yaml").names == ("category_4", "category_5", "category_6")
    assert [f.message for f in check_data(config, 0).findings] == []
    assert "no split, one in 3 by name is for validation: 5 + 3" in said[0]
    assert "preset 'demo' at 64 x 48 px" in said[-1]
    text = (project / "params.yaml").read_text()
    assert "kernel_subset_size: 2" in text
    assert "num_validation_scenes: 1" in text
    assert re.search(r"source: synthetic_street", text)


def test_a_class_table_of_ones_own_is_kept(project):
    write_pairs(project / "mine", ("{}.jpg", "{}.png"), offset=1)
    (project / "mine/classes.yaml").write_text(CLASS_TABLE)
    said = init_project(project / "mine", project, project / "params.yaml", None)
    assert (project / "mine/classes.yaml").read_text() == CLASS_TABLE
    assert "kept as it is, 3 categories" in said[1]
    # Counted from 1, as the number of categories says.
    assert prepare_of(project / "params.yaml").source.label_values == (1, 2, 3)


def test_values_that_a_table_of_ones_own_lacks_are_said_and_not_guessed(project):
    write_pairs(project / "mine", ("{}.jpg", "{}.png"), offset=4)
    (project / "mine/classes.yaml").write_text(CLASS_TABLE)
    said = init_project(project / "mine", project, project / "params.yaml", None)
    assert "values without a category in classes.yaml: 4, 5, 6; give prepare.source.label_values the value" in said[2]
    assert prepare_of(project / "params.yaml").source.label_values is None


def test_parameters_of_ones_own_are_not_overwritten(project):
    write_pairs(project / "mine", ("{}.jpg", "{}.png"))
    (project / "params.yaml").write_text("seed: 7\n")
    with pytest.raises(SimsError, match="holds parameters of your own, which would be lost; rename it"):
        init_project(project / "mine", project, project / "params.yaml", None)
    assert not (project / "mine/classes.yaml").exists()
    init_project(project / "mine", project, project / "mine.yaml", None)
    assert prepare_of(project / "mine.yaml").source.root == (project / "mine").as_posix()


@pytest.mark.parametrize("preset", sorted(path.stem for path in (ROOT / "presets").glob("*.yaml")))
def test_every_preset_fits_a_small_folder(project, preset):
    write_pairs(project / "mine", ("{}.jpg", "{}.png"))
    init_project(project / "mine", project, project / "params.yaml", preset)
    assert prepare_of(project / "params.yaml").height_px == 48


@pytest.mark.parametrize(("num_photos", "message"), [(4, "too few photos, expected at least 5"), (0, "no pictures")])
def test_too_few_photos(project, num_photos, message):
    (project / "mine").mkdir()
    write_pairs(project / "mine", ("{}.jpg", "{}.png"), range(num_photos))
    with pytest.raises(SimsError, match=message):
        init_project(project / "mine", project, project / "params.yaml", None)
    assert (project / "params.yaml").read_bytes() == (ROOT / "presets/demo.yaml").read_bytes()


def test_a_class_table_elsewhere(project, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setenv("SIMS_WORKERS", "1")  # others would look in the folder in which they were started
    write_pairs(Path("mine"), ("{}.jpg", "{}.png"))
    said = init_project(Path("mine"), Path(), Path("params.yaml"), None, Path("tables/garden.yaml"))
    assert said[1].startswith("tables/garden.yaml: 3 categories")
    assert not (project / "mine/classes.yaml").exists()
    config = prepare_of(project / "params.yaml")
    assert config.source.classes == "tables/garden.yaml"
    assert check_data(config, 0).findings == []
    # The one that is there is kept; one of the same name below the root would be found first.
    (project / "tables/garden.yaml").write_text(CLASS_TABLE)
    (project / "mine/tables").mkdir()
    (project / "mine/tables/garden.yaml").write_text("categories: []")
    said = init_project(Path("mine"), Path(), Path("other.yaml"), None, Path("tables/garden.yaml"))
    assert "tables/garden.yaml: kept as it is, 3 categories" in said[1]
    assert prepare_of(project / "other.yaml").source.classes == str(project / "tables/garden.yaml")
    assert check_data(prepare_of(project / "other.yaml"), 0).findings == []


def test_an_official_dataset_has_its_own_class_table(project):
    (project / "mine/701_StillsRaw_full").mkdir(parents=True)
    (project / "mine/LabeledApproved_full").mkdir()
    with pytest.raises(SimsError, match=r"mine: is camvid, which has its own class table, found --classes a\.yaml"):
        init_project(project / "mine", project, project / "params.yaml", None, Path("a.yaml"))


def test_a_class_table_that_is_no_text(tmp_path):
    (tmp_path / "classes.yaml").write_bytes("categories: [{name: gr\xfcn}]".encode("latin-1"))
    with pytest.raises(SimsError, match=r"classes\.yaml: is no UTF-8 text, found byte 0xfc"):
        read_class_table(tmp_path / "classes.yaml")


def test_a_dataset_that_cannot_be_written_keeps_its_files_and_the_parameters(project):
    """As root of this system may write everywhere, a place below a file stands for a read-only one."""
    write_pairs(project / "mine", ("{}.jpg", "{}.png"))
    before = (project / "params.yaml").read_bytes()
    with pytest.raises(
        SimsError, match=r"0.jpg/classes.yaml: cannot be written, found .*0.jpg is a file; name another"
    ):
        init_project(project / "mine", project, project / "params.yaml", None, project / "mine/0.jpg/classes.yaml")
    assert (project / "params.yaml").read_bytes() == before


def test_a_full_disk_leaves_the_parameters_alone(project, monkeypatch):
    write_pairs(project / "mine", ("{}.jpg", "{}.png"))
    before = (project / "params.yaml").read_bytes()
    write_text = Path.write_text

    def full(path, text, **options):
        if "classes" in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_text(path, text, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(SimsError, match=r"mine/classes.yaml: cannot be read or written, found No space left on device"):
        init_project(project / "mine", project, project / "params.yaml", None)
    assert (project / "params.yaml").read_bytes() == before
    assert sorted(path.name for path in (project / "mine").glob(".*")) == []
