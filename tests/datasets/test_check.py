import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.datasets.check.facts import DepthFacts, count_values, crossing_instances, depth_facts
from sims_core.datasets.check.judge import cropped_share, guess_depth_unit
from sims_core.datasets.check.page import write_page
from sims_core.datasets.check.photo_hash import duplicates_across, duplicates_within, fingerprint, same_photo
from sims_core.datasets.check.run import check_data
from sims_core.datasets.check.scene_watch import SceneWatch
from sims_core.datasets.settings import PrepareConfig
from tests.support.official_forms import write_cityscapes
from tests.support.project import run_command
from tests.support.small_dataset import CLASS_TABLE, config, label_map, photo, save, write_folder, write_params
from tests.support.small_scenes import make_scene


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path)
    return tmp_path


def findings(root, **changes):
    return check_data(config(root, **changes), seed=0).findings


def only(found):
    """Return the one finding that there must be."""
    assert len(found) == 1, [finding.message for finding in found]
    return found[0]


def test_crossing_instances_by_hand():
    instances = np.array([[1, 1, 0], [2, 2, 3]], np.uint16)
    labels = np.array([[4, 4, 5], [4, 6, 255]], np.uint8)
    assert crossing_instances(instances, labels) == {2: [4, 6]}


def test_values_by_hand():
    assert count_values(np.array([[3, 300], [3, 0]], np.uint16)) == {0: 1, 3: 2, 300: 1}


def test_depth_by_hand():
    facts = depth_facts(np.array([[0, 2.5, np.inf, 4.5]], np.float32))
    assert facts == DepthFacts(share_unknown=0.25, median_m=3.5, max_m=4.5, is_whole=False, num_wrong=0)
    assert guess_depth_unit(facts) is None


@pytest.mark.parametrize(
    ("depth", "guess"),
    [
        ([3500, 4200, 0], "millimetres"),
        ([12, 130, 255], "grey picture"),
        ([0.1, 0.5, 1.0], "relative"),
        ([-1.5, 3.5, 2.0], "1 pixels are negative"),
        ([np.nan, 3.5, 2.0], "1 pixels are negative or no number"),
        ([1e6, 2e6, 1.5e6], "another unit"),
        ([0.01, 2.0, 0.01], "kilometres"),
        ([0, 0, 0], None),
        ([1.5, 20.5, 90.5], None),
    ],
)
def test_depth_unit(depth, guess):
    found = guess_depth_unit(depth_facts(np.array([depth], np.float32)))
    assert found is None if guess is None else guess in found


def test_cropped_share_by_hand():
    assert cropped_share(2.0, 1.0) == 0.5
    assert cropped_share(1.0, 2.0) == 0.5
    assert cropped_share(1.5, 1.5) == 0


def test_fingerprint_survives_encoding_and_size_and_tells_photos_apart(tmp_path):
    first = fingerprint(photo(1, 120, 160))
    Image.fromarray(photo(1, 120, 160)).resize((100, 75)).save(tmp_path / "a.jpg", quality=80)
    again = fingerprint(np.asarray(Image.open(tmp_path / "a.jpg")))
    assert same_photo(first, again)
    assert not same_photo(first, fingerprint(photo(2, 120, 160)))
    # Two flat pictures have one hash; their greys tell them apart.
    dark, bright = (fingerprint(np.full((40, 40, 3), value, np.uint8)) for value in (40, 90))
    assert dark.bits == bright.bits == 0
    assert not same_photo(dark, bright)
    assert duplicates_across([dark, first], [bright, again]) == [(1, 1)]
    assert list(duplicates_within([first, dark, first, first])) == [(0, 2), (0, 3)]


def test_nothing_is_found_in_a_good_folder(folder):
    check = check_data(config(folder), seed=0)
    assert check.findings == []
    assert len(check.facts) == 9


def plant_unknown_value(root):
    labels = label_map(1)
    labels[7, 9] = 77
    save(root / "labels/train/train1.png", labels)


def plant_colours(root):
    save(root / "labels/train/train1.png", np.stack([label_map(1), label_map(1), label_map(2)], axis=2))


def plant_photo_without_labels(root):
    (root / "labels/train/train1.png").unlink()


def plant_labels_without_photo(root):
    (root / "photos/train/train1.png").unlink()


def plant_other_size(root):
    save(root / "labels/train/train1.png", label_map(1)[:, :-4])


def plant_damaged_photo(root):
    path = root / "photos/train/train1.png"
    path.write_bytes(path.read_bytes()[:-40])


def plant_no_picture(root):
    (root / "labels/train/train1.png").write_text("hello")


def plant_photo_in_both_splits(root):
    picture = Image.open(root / "photos/train/train2.png")
    picture.save(root / "photos/val/val7.png", compress_level=9)


def plant_name_in_both_splits(root):
    for kind in ("photos", "labels"):
        shutil.copy(root / kind / "train/train1.png", root / kind / "val/train1.png")


def plant_void(root):
    save(root / "labels/train/train1.png", np.full((48, 64), 255, np.uint8))


def plant_labels_from_one(root):
    for path in (root / "labels").rglob("*.png"):
        labels = np.asarray(Image.open(path))
        save(path, np.where(labels == 255, 255, labels + 1).astype(np.uint8))


@pytest.mark.parametrize(
    ("plant", "message"),
    [
        (plant_unknown_value, r"train1.png: unknown label value 77 in 1 pixels, the first at row 7, column 9"),
        (plant_colours, "train1.png: label map is a colour picture, .*one channel of label ids; set encoding: pal"),
        (plant_photo_without_labels, "train: photo without label map: train1"),
        (plant_labels_without_photo, "train: label map without photo: train1"),
        (plant_other_size, "train1.png: label map and photo differ in size, expected 64x48 as train1.png, found 60x48"),
        (plant_damaged_photo, "photos/train/train1.png: picture is damaged"),
        (plant_no_picture, "labels/train/train1.png: is not a picture"),
        (plant_photo_in_both_splits, "val7.png: validation photo is a training photo as well, found .*train2.png"),
        (plant_name_in_both_splits, "val/train1.png: has the same name as .*photos/train/train1.png, and the same"),
        (plant_void, "train1.png: label map is void everywhere"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_the_only_finding(folder, plant, message):
    plant(folder)
    finding = only(findings(folder))
    assert finding.is_fault
    assert "\n" not in finding.message
    with pytest.raises(SimsError, match=message):
        raise SimsError("x", finding.message)


def test_labels_counted_from_one(folder):
    plant_labels_from_one(folder)
    found = findings(folder)
    hints = [finding.message for finding in found if finding.kind == "labels counted from 1"]
    assert len(hints) == 1
    assert "label values are 1..3 for 3 categories" in hints[0]
    assert hints[0].endswith("set prepare.source.label_values: [1, 2, 3]")
    assert [finding.kind for finding in found].count("unknown label values") == 9
    # What it says to do is right.
    assert findings(folder, label_values=(1, 2, 3)) == []


def test_other_as_zero(folder):
    plant_labels_from_one(folder)
    labels = label_map(1) + 1
    labels[-1] = 0
    save(folder / "labels/train/train1.png", labels)
    hint = next(finding.message for finding in findings(folder) if finding.kind == "labels counted from 1")
    assert "void_values: [0] (0 = other, as in ADE20K)" in hint
    assert findings(folder, label_values=(1, 2, 3), void_values=(0,)) == []


def test_index_maps_in_a_palette_dataset(folder):
    found = findings(folder, encoding="palette")
    assert len(found) == 9
    assert "label map has one channel, expected palette colours (encoding: palette)" in found[0].message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("category", "1 of 4 categories never occur: ghost"),
        ("aspect", "photos differ in proportions, from 1.00 to 1.33"),
        ("twice", "train4.png: hardly differs from train1.png, both in train"),
        ("void", "60% of all pixels are void"),
    ],
)
def test_a_warning_does_not_fail(folder, change, message):
    if change == "category":
        ghost = "  - {name: ghost, colour: [1, 1, 1], role: object}\n"
        (folder / "classes.yaml").write_text(CLASS_TABLE + ghost)
    elif change == "aspect":
        save(folder / "photos/train/train1.png", photo(1, 48, 48))
        save(folder / "labels/train/train1.png", label_map(1)[:, :48])
    elif change == "twice":
        save(folder / "photos/train/train4.png", photo(1))
    else:
        for path in (folder / "labels").rglob("*.png"):
            labels = np.asarray(Image.open(path)).copy()
            labels[:, :38] = 255
            save(path, labels)
    check = check_data(config(folder), seed=0)
    assert check.num_faults == 0
    assert any(message in finding.message for finding in check.findings), check.findings


def test_sizes_that_do_not_fit_the_scenes(folder):
    kinds = [finding.kind for finding in findings(folder, height_px=64, width_px=32)]
    assert kinds == ["small photos", "photos of other proportions than the scenes"]


@pytest.fixture
def cityscapes(tmp_path):
    """Four streets in Cityscapes' form with depth; the sky's disparity is unknown."""
    scenes = [make_scene(f"s{n}", "val" if n == 3 else "train", n) for n in range(4)]
    write_cityscapes(tmp_path, scenes)
    return tmp_path


def check_cityscapes(root):
    cityscapes_source = {"dataset": "cityscapes", "root": str(root), "annotation": "fine", "depth": "disparity"}
    small = PrepareConfig.model_validate({"height_px": 32, "width_px": 64, "source": cityscapes_source})
    return [finding for finding in check_data(small, 0).findings if finding.kind != "categories that never occur"]


def test_instances_that_cross_categories(cityscapes):
    before = check_cityscapes(cityscapes)
    path = next(cityscapes.rglob("aachen_000001_*_instanceIds.png"))
    instances = np.asarray(Image.open(path)).astype(np.uint16)
    instances[2:30, 2:12] = 26001
    save(path, instances)
    found = [finding for finding in check_cityscapes(cityscapes) if finding not in before]
    assert "instance 26001 of aachen_000001_000020 crosses categories" in only(found).message
    assert only(found).is_fault


def test_disparity_of_eight_bits_and_holes(cityscapes):
    before = check_cityscapes(cityscapes)
    path = next(cityscapes.rglob("aachen_000001_*_disparity.png"))
    disparity = np.asarray(Image.open(path)).astype(np.float64)
    save(path, (disparity / 256).astype(np.uint8))
    found = [finding for finding in check_cityscapes(cityscapes) if finding not in before]
    assert [finding.kind for finding in found if finding.is_fault] == ["depth in other units"]
    save(path, np.zeros(disparity.shape, np.uint16))
    holes = [finding for finding in check_cityscapes(cityscapes) if finding not in before]
    assert "is unknown in 100% of the pixels" in only(holes).message
    assert not only(holes).is_fault


def test_listing_goes_on_after_missing_files(cityscapes):
    for path in cityscapes.rglob("aachen_00000[12]_*labelIds.png"):
        path.unlink()
    next(cityscapes.rglob("aachen_000000_*_camera.json")).unlink()
    listed = [finding.message for finding in check_cityscapes(cityscapes) if finding.kind == "files that do not match"]
    assert ["label map not found (1 of 2" in listed[0], "label map not found (2 of 2" in listed[1]] == [True, True]
    assert "camera not found (1 of 1" in listed[2]


def test_page_shows_the_faults_and_needs_nothing_else(folder, tmp_path):
    plant_unknown_value(folder)
    plant_photo_in_both_splits(folder)
    plant_no_picture(folder)
    check = check_data(config(folder), seed=0)
    write_page(tmp_path / "out/index.html", check, config(folder))
    page = (tmp_path / "out/index.html").read_text()
    for finding in check.findings:
        assert finding.kind in page
    assert page.count("data:image/jpeg;base64,") >= 4
    assert "http" not in page
    assert "train2 (train)" in page


def test_command_lists_all_and_fails_only_on_faults(folder, tmp_path):
    write_params(tmp_path / "params.yaml", folder)
    good = run_command(tmp_path, "sims_core.cli", "data", "check")
    assert good.returncode == 0, good.stderr
    assert "data_check/index.html: 9 photos, 0 faults, 0 warnings" in good.stdout
    assert "Nothing is wrong with this dataset" in (tmp_path / "data_check/index.html").read_text()
    plant_unknown_value(folder)
    (folder / "labels/val/val7.png").unlink()
    bad = run_command(tmp_path, "sims_core.cli", "data", "check", "-o", "bad.html")
    assert bad.returncode == 1
    assert [line.partition(":")[0] for line in bad.stdout.splitlines()] == ["fault", "fault", "bad.html"]


def test_a_rendered_dataset_has_nothing_to_check():
    street = {"dataset": "synthetic_street", "num_train": 1, "num_val": 1}
    with pytest.raises(SimsError, match="'synthetic_street' is rendered"):
        check_data(PrepareConfig.model_validate({"height_px": 32, "width_px": 64, "source": street}), 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"val_every": 3}, "either 'val_photos' and 'val_labels', or 'val_every'"),
        ({"val_labels": None}, "either 'val_photos' and 'val_labels', or 'val_every'"),
        ({"encoding": "palette", "void_values": (0,)}, "go with encoding: ids"),
        ({"label_values": (1, 2, 1)}, "must name each value once"),
    ],
)
def test_settings_of_a_folder_that_contradict(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        config(tmp_path, **changes)


def test_every_third_photo_is_for_validation(folder):
    rule = {"train_photos": "photos/*/*.png", "train_labels": "labels/*/*.png", "val_photos": None, "val_labels": None}
    check = check_data(config(folder, **rule, val_every=4), 0)
    by_split = {s: [f.item.scene_id for f in check.facts if f.item.split == s] for s in ("train", "val")}
    assert by_split["val"] == ["train0", "train4", "val8"]
    assert len(by_split["train"]) == 6


def test_prepare_warns_in_passing(classes, capsys):
    scenes = [make_scene("t0", "train", 0), make_scene("t1", "train", 1), make_scene("v0", "val", 2)]
    scenes += [replace(scenes[1], scene_id="v1", split="val")]
    scenes += [replace(make_scene("v2", "val", 3), labels=np.full_like(scenes[0].labels, 255))]
    no_car = [replace(scene, labels=np.where(scene.labels == 3, 1, scene.labels).astype(np.uint8)) for scene in scenes]
    watch = SceneWatch(classes)
    assert list(watch.watch(no_car)) == no_car
    watch.say()
    assert capsys.readouterr().err.splitlines() == [
        "warning: v2: label map is void everywhere; leave it out",
        "warning: v1: validation photo is training photo t1 as well; remove one",
        "warning: class table: 1 of 5 categories never occur: car; nothing can be retrieved for them",
    ]
