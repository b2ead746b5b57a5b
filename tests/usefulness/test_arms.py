"""Arms: texts of what a segmenter is trained on, and the folders in them."""

import numpy as np
import pytest
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.layouts.files import write_layout
from sims_core.usefulness.arms import DEFAULT_ARMS, Part, check_no_test_layouts, check_pictures, read_arms
from tests.support.small_scenes import CLASSES, make_scene

FRAME = (32, 64)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A folder `made` with two pictures, in the working folder."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "made"
    for name in ("a", "b"):
        scene = make_scene(name, "train", 1)
        write_layout(folder / f"labels/{name}.png", scene.labels, CLASSES)
        (folder / "images").mkdir(exist_ok=True)
        Image.fromarray(scene.photo).save(folder / f"images/{name}.png")
    return folder


def test_parts_and_folders_are_told_apart(made):
    real, mixed = read_arms(["real=real", "mixed=real+augment+made/+filter"])
    assert (real.name, real.parts, real.folders) == ("real", {Part.REAL}, ())
    assert mixed.parts == {Part.REAL, Part.AUGMENT, Part.FILTER}
    assert [folder.name for folder in mixed.folders] == ["made"]


def test_the_default_arms_are_arms():
    assert [arm.name for arm in read_arms(DEFAULT_ARMS)] == ["real", "augmented", "copy_paste"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["real"], "--arm real: is no arm, expected NAME=PART"),
        (["a b=real"], "is no arm"),
        (["a="], "is no arm"),
        (["a=real", "a=made"], "two arms have this name; rename one"),
        (
            ["a=real+nowhere"],
            "'nowhere' is no part, expected a folder with images/ and labels/, or one of real,",
        ),
        (["a=augment"], "has no pictures, expected real, a folder, or both"),
        (["a=made+copy-paste"], "copies objects of real photos; add real"),
        (["a=real+known"], "choose among the pixels of made pictures; add a folder"),
        (["a=made+known"], "has no origins/"),
        (["a=real+augment", "b=made+filter"], "give --arm real=real first"),
    ],
)
def test_what_is_no_arm_is_one_line(made, texts, message):
    with pytest.raises(SimsError, match=r"^[^\n]+$") as error:
        read_arms(texts)
    assert message in str(error.value)


def test_the_digest_is_of_names_pictures_and_labels(made):
    before = check_pictures(made, CLASSES, FRAME)
    assert check_pictures(made, CLASSES, FRAME) == before
    scene = make_scene("a", "train", 2)
    write_layout(made / "labels/a.png", scene.labels, CLASSES)
    assert check_pictures(made, CLASSES, FRAME) != before


def test_layouts_of_test_photos_are_refused(made):
    check_no_test_layouts(made, {"a_v1", "c"})
    with pytest.raises(
        SimsError, match=r"made: shows layouts of photos that are tested on, .* found b.png; make it of"
    ):
        check_no_test_layouts(made, {"b"})
    for part in ("images", "labels"):
        (made / part / "a.png").rename(made / part / "a_v12.png")
    with pytest.raises(SimsError, match=r"found a_v12.png"):
        check_no_test_layouts(made, {"a"})


def test_faults_of_a_folder_are_found_before_any_training(made):
    with pytest.raises(SimsError, match=r"a.png: another size, expected 32 x 32 px, found 64 x 32"):
        check_pictures(made, CLASSES, (32, 32))
    Image.fromarray(np.full(FRAME, 9, np.uint8)).save(made / "labels/b.png")
    with pytest.raises(SimsError, match=r"b.png: a label value of no category, .* found 9"):
        check_pictures(made, CLASSES, FRAME)
    (made / "labels/b.png").unlink()
    with pytest.raises(SimsError, match=r"1 pictures without label map or the other way round, found b.png"):
        check_pictures(made, CLASSES, FRAME)
