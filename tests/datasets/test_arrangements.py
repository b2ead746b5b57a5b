"""Folders as people have them: published splits, instance maps, previews, frames of one name."""

import shutil

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.datasets.check.run import check_data
from sims_core.datasets.init.arrangement import find_arrangement
from sims_core.datasets.init.recognise import recognise
from sims_core.datasets.init.run import init_project
from sims_core.datasets.load import load_dataset
from sims_core.datasets.settings import PrepareConfig
from tests.support.official_forms import write_kaggle_camvid
from tests.support.own_folder import config_of, initialised, write
from tests.support.small_dataset import label_map, photo, save


def test_spades_folders_keep_their_split_and_their_instances_are_no_categories(project):
    for split, numbers in (("train", range(5)), ("val", range(5, 8))):
        places = {"photo": "img/{}.jpg", "labels": "label/{}.png", "instances": "inst/{}.png"}
        write(project / "mine", numbers, **{what: f"{split}_{place}" for what, place in places.items()})
    said, source, check = initialised(project)
    assert "8 photos with label maps of 3 values, train and val as they are: 5 + 3" in said[0]
    few = "train_inst/0.png, train_inst/1.png, train_inst/2.png, ..."
    assert f"{project}/mine: 8 other pictures are passed over: {few}" in said
    assert (source.train_photos, source.val_labels) == ("train_img/*.jpg", "val_label/*.png")
    assert len(check.dataset.classes) == 3


def test_vocs_lists_divide_its_photos(project):
    root = project / "mine/VOCdevkit/VOC2012"
    write(root, range(8), photo="JPEGImages/{}.jpg", labels="SegmentationClass/{}.png",
          instances="SegmentationObject/{}.png")  # fmt: skip
    save(root / "JPEGImages/100.jpg", photo(100))  # of another task
    for task, val in (("Segmentation", "5\n6\n7\n"), ("Main", "5 1\n100 -1\n")):
        (root / "ImageSets" / task).mkdir(parents=True)
        (root / "ImageSets" / task / "train.txt").write_text("0\n1\n2\n3\n4\n")
        (root / "ImageSets" / task / "val.txt").write_text(val)
    said, source, check = initialised(project)
    lists = [f"VOCdevkit/VOC2012/ImageSets/Segmentation/{name}.txt" for name in ("train", "val")]
    assert f"split by {lists[0]} and {lists[1]}: 5 + 3" in said[0]
    assert [source.train_list, source.val_list] == lists
    assert [(one.item.scene_id, one.item.split) for one in check.facts][4:6] == [("4", "train"), ("5", "val")]
    (root / "ImageSets/Segmentation/val.txt").write_text("5.jpg\n9\n")
    (fault,) = [f.message for f in check_data(config_of(project), 0).findings if f.is_fault]
    assert "val.txt: 1 photos of this list not found, found no 9" in fault


def test_kaggles_camvid_is_camvid(tmp_path, project):
    expected = write_kaggle_camvid(project / "mine")
    source = recognise(project / "mine")
    assert source == {"dataset": "camvid", "root": (project / "mine").as_posix(), "form": "kaggle"}
    config = PrepareConfig.model_validate({"height_px": 32, "width_px": 64, "source": source})
    found = list(load_dataset(config, 0).scenes)
    assert [(scene.scene_id, scene.split) for scene in found] == [(stem, split) for stem, split, _ in expected]
    for scene, (_, _, labels) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(scene.labels, labels)
    # The same folders with other names are somebody's own.
    for path in sorted((project / "mine").rglob("*.png")):
        path.rename(path.with_name(path.name.replace("0001TP", "garden")))
    assert recognise(project / "mine") is None


def test_frames_of_one_name_are_told_apart_by_their_folders(project):
    for run, numbers in (("first", range(4)), ("second", range(2, 8))):
        write(project / "mine", numbers, photo=f"{run}/images/{{}}.jpg", labels=f"{run}/labels/{{}}.png")
        for number in numbers:  # other photos under the same names
            save(project / f"mine/{run}/images/{number}.jpg", photo(number + 10 * (run == "second")))
    said, source, check = initialised(project)
    assert said[0].startswith(f"{project}/mine: 10 photos")
    assert (source.train_photos, source.train_labels) == ("**/*.jpg", "**/*.png")
    ids = sorted(one.item.scene_id for one in check.facts)
    assert ids == ["0", "1", "4", "5", "6", "7", "first-2", "first-3", "second-2", "second-3"]
    for one in check.facts:
        assert one.item.photo.parts[-3:-1] == (one.item.labels.parts[-3], "images")


def test_train_and_val_may_count_alike(project):
    write(project / "mine", range(4), photo="train/images/{}.jpg", labels="train/labels/{}.png")
    write(project / "mine", range(4), photo="val/images/{}.jpg", labels="val/labels/{}.png")
    for number in range(4):
        save(project / f"mine/val/images/{number}.jpg", photo(number + 10))
    _, _, check = initialised(project)
    assert [one.item.scene_id for one in check.facts] == [f"{s}-{n}" for s in ("train", "val") for n in range(4)]
    # The same photo again is no validation photo.
    shutil.copy(project / "mine/train/images/1.jpg", project / "mine/val/images/1.jpg")
    (project / "params.yaml").unlink()
    with pytest.raises(SimsError, match=r"expected 8 photos .*, found 7; .*val/images/1.jpg: has the same name"):
        init_project(project / "mine", project, project / "params.yaml", None)


@pytest.mark.parametrize(
    "places",
    [
        {"photo": "images/{}.jpg", "labels": "masks/{}.png", "overlay": "overlays/{}.png"},
        {"photo": "images/{}.jpg", "labels": "masks/{}.png", "overlay": "masks_vis/{}.jpg"},
        {"photo": "images/{}.png", "labels": "masks/{}.png", "overlay": "gt/{}.png"},  # by what it holds
        {"photo": "images/{}.png", "labels": "masks/{}.png", "instances": "gt/{}.png"},
        {"photo": "images/{}.png", "labels": "masks/{}.png", "colours": "gt/{}.png"},
        {"photo": "images/{}.png", "labels": "masks/{}.png", "overlay": "depth/{}.png"},
        {"photo": "one/{}.png", "labels": "two/{}.png"},
        {"photo": "{}.png", "labels": "{}_mask.png"},
        {"photo": "{}.jpg", "labels": "{}_label.png", "instances": "inst/{}_inst.png"},
        {"photo": "data/{}.jpg", "labels": "data/{}.png", "overlay": "preview/{}.png"},
    ],
)
def test_of_several_pictures_of_one_stem_photos_and_label_maps_are_found(project, places):
    write(project / "mine", range(8), **places)
    said, _, check = initialised(project)
    assert "8 photos with label maps of 3 values" in said[0]
    wanted = {what: {project / "mine" / places[what].format(n) for n in range(8)} for what in ("photo", "labels")}
    assert {one.item.photo for one in check.facts} == wanted["photo"]
    assert {one.item.labels for one in check.facts} == wanted["labels"]
    assert any("8 other pictures are passed over" in line for line in said) == (len(places) == 3)


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ({"photo": "images/{}.jpg", "labels": "masks/{}.png", "again": "gt/{}.png"}, "beside gt/0.png, masks/0.png"),
        ({"photo": "images/{}.jpg", "labels": "masks/{}.png", "other": "images_small/{}.jpg"}, "beside images/0"),
        ({"photo": "left/{}.jpg", "labels": "masks/{}.png", "other": "right/{}.jpg"}, "beside left/0.jpg, right/"),
        ({"photo": "images/{}.jpg", "labels": "masks/{}.png", "again": "masks/{}.tif"}, "masks/0.tif has the name of"),
        ({"photo": "{}.jpg", "labels": "{}.png", "instances": "{}_inst.png"}, "0_inst.png: no pattern tells this"),
    ],
)  # fmt: skip
def test_where_several_may_be_meant_they_are_named(project, places, message):
    places = dict(places)
    again, other = places.pop("again", None), places.pop("other", None)
    write(project / "mine", range(8), **places)
    for number in range(8):
        if again is not None:  # finer categories: the wall has two sides
            labels = label_map(number)
            labels[:, 32:][labels[:, 32:] == 1] = 3
            save(project / "mine" / again.format(number), labels)
        if other is not None:
            save(project / "mine" / other.format(number), photo(number))
    with pytest.raises(SimsError, match=message):
        init_project(project / "mine", project, project / "params.yaml", None)
    assert not (project / "mine/classes.yaml").exists()


def test_init_says_what_has_no_partner(project):
    write(project / "mine", range(8), photo="images/{}.jpg", labels="masks/{}.png")
    (project / "mine/masks/3.png").unlink()
    (project / "mine/images/5.jpg").unlink()
    said = init_project(project / "mine", project, project / "params.yaml", None)
    assert said[0].startswith(f"{project}/mine: 6 photos")
    assert f"{project}/mine: 1 photos have no label map: 3; `sims data check` lists them" in said
    assert f"{project}/mine: 1 label maps have no photo: 5; `sims data check` lists them" in said


def test_hidden_files_are_nothing(project):
    write(project / "mine", range(8), photo="images/{}.jpg", labels="masks/{}.png")
    for kind in ("images/._0.jpg", "masks/._0.png", "__MACOSX/images/._0.jpg", "images/.ipynb_checkpoints/0.jpg"):
        (project / "mine" / kind).parent.mkdir(parents=True, exist_ok=True)
        (project / "mine" / kind).write_bytes(b"of another system")
    said, _, check = initialised(project)
    assert "8 photos" in said[0]
    assert check.findings == []


def test_pictures_that_no_pattern_takes_are_a_warning(project):
    write(project / "mine", range(8), photo="images/{}.jpg", labels="masks/{}.png")
    _, _, check = initialised(project)
    assert check.findings == []
    for kind in ("images/9.JPG", "masks/9.PNG"):
        save(project / "mine" / kind, photo(9))
    (warning,) = check_data(config_of(project), 0).findings
    assert not warning.is_fault
    assert "2 pictures beside the photos and label maps are taken by no pattern: 9.JPG, 9.PNG" in warning.message


def test_a_pattern_that_is_none_is_refused(project):
    write(project / "mine", range(8), photo="images/{}.jpg", labels="masks/{}.png")
    initialised(project)
    for pattern in ("/images/*.jpg", ""):
        source = config_of(project).source.model_copy(update={"train_photos": pattern})
        config = config_of(project).model_copy(update={"source": source})
        (fault,) = check_data(config, 0).findings
        assert "prepare.source: is no pattern of files below the root" in fault.message


def test_folders_of_known_datasets_with_other_files_are_somebodys_own(project):
    for split, numbers in (("train", range(5)), ("val", range(5, 8))):
        write(
            project / "mine", numbers, photo=f"images/{split}2017/{{}}.jpg", labels=f"annotations/{split}2017/{{}}.png"
        )
        write(project / "segnet", numbers, photo=f"{split}/{{}}.png", labels=f"{split}annot/{{}}.png")
    for folder in ("mine", "segnet"):
        assert recognise(project / folder) is None
        found = find_arrangement(project / folder)
        assert [len(part.pairs) for part in (found.train, found.val)] == [5, 3]


def test_links_are_followed_but_not_in_circles(project):
    write(project / "elsewhere", range(8), photo="p/{}.jpg", labels="m/{}.png")
    (project / "mine").mkdir()
    for name, target in (("images", "p"), ("masks", "m")):
        (project / "mine" / name).symlink_to(project / "elsewhere" / target)
    (project / "elsewhere/p/again").symlink_to(project / "mine")
    said, source, _ = initialised(project)
    assert "8 photos" in said[0]
    assert (source.train_photos, source.train_labels) == ("images/*.jpg", "masks/*.png")


def test_masks_as_gif_are_read(project):
    write(project / "mine", range(8), photo="train/{}.jpg")
    for number in range(8):
        save(project / f"mine/train_masks/{number}_mask.gif", (label_map(number) == 2).astype(np.uint8) * np.uint8(255))
    said, source, _ = initialised(project)
    assert "8 photos with label maps of 2 values" in said[0]
    assert source.train_labels == "train_masks/*_mask.gif"


def test_photos_of_an_unread_kind_are_named(project):
    write(project / "mine", range(8), labels="masks/{}.png")
    (project / "mine/photos").mkdir()
    for number in range(8):
        (project / f"mine/photos/{number}.HEIC").write_bytes(b"")
    with pytest.raises(SimsError, match=r"no photos found among 8 pictures, .* found besides 8 files .heic"):
        find_arrangement(project / "mine")
