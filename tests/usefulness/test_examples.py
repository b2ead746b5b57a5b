"""The examples of an arm: which are drawn, and what becomes of them."""

import numpy as np
import pytest
import torch

from sims_core.formats.scenes import SceneReader
from sims_core.scenes.classes import VOID
from sims_core.usefulness.arms import Part
from sims_core.usefulness.examples import ArmExamples, made_pictures
from tests.support.made_pictures import write_mirrored


@pytest.fixture(scope="module")
def reader(scenes_folder):
    return SceneReader(scenes_folder)


@pytest.fixture(scope="module")
def made(reader, tmp_path_factory):
    return write_mirrored(tmp_path_factory.mktemp("made"), reader)


def examples(reader, made, parts, num_examples=12, real=("real",), known=False):
    names = sorted(path.stem for path in (made / "images").iterdir()) if made else []
    return ArmExamples(
        scenes=reader.folder,
        scene_ids=reader.ids("train")[:2] if real else [],
        made=made_pictures(made, names, known=known) if made else [],
        parts=frozenset(parts),
        num_examples=num_examples,
        seed=5,
    )


def is_one_of(photo, photos):
    return any(np.array_equal(photo, other) or np.array_equal(photo, other[:, ::-1]) for other in photos)


def test_every_other_example_is_real(reader, made):
    own = examples(reader, made, [Part.REAL])
    real = [reader.load(scene_id).photo for scene_id in reader.ids("train")[:2]]
    others = [scene.photo for scene in reader.scenes("val")]
    assert [is_one_of(own[index]["photo"].numpy(), real) for index in range(12)] == [True, False] * 6
    assert [is_one_of(own[index]["photo"].numpy(), others) for index in range(12)] == [False, True] * 6


@pytest.mark.parametrize("parts", [[Part.REAL], [Part.REAL, Part.AUGMENT], [Part.REAL, Part.AUGMENT, Part.COPY_PASTE]])
def test_an_item_is_always_the_same_and_no_two_are(reader, made, parts):
    own, again = examples(reader, made, parts), examples(reader, made, parts)
    for index in range(8):
        for key in ("photo", "labels"):
            assert torch.equal(own[index][key], again[index][key])
        assert own[index]["photo"].shape == (*reader.frame(), 3)
        assert own[index]["labels"].dtype == torch.uint8
    if Part.AUGMENT in parts:
        assert not torch.equal(own[0]["photo"], own[4]["photo"]), "the same photo, another draw"


def test_pasted_objects_come_with_their_pixels_and_labels(reader):
    """Of unscaled photos: every pixel is the one photo's or the other's, and so is its label."""
    own = examples(reader, None, [Part.REAL, Part.COPY_PASTE])
    scenes = [reader.load(scene_id) for scene_id in reader.ids("train")[:2]]
    views = [(scene.photo[:, ::step], scene.labels[:, ::step]) for scene in scenes for step in (1, -1)]
    changed = 0
    for index in range(12):
        photo, labels = own[index]["photo"].numpy(), own[index]["labels"].numpy()
        shown = [(photo == view).all(axis=2) & (labels == other) for view, other in views]
        assert np.any(shown, axis=0).all()
        changed += not is_one_of(photo, [scene.photo for scene in scenes])
    assert changed > 3


def test_invented_pixels_are_void_where_known_ones_are_wanted(reader, made):
    own, whole = (examples(reader, made, [], real=(), known=known) for known in (True, False))
    for index in range(4):
        labels, asked = own[index]["labels"].numpy(), whole[index]["labels"].numpy()
        half = labels.shape[1] // 2
        void, kept = (slice(0, half), slice(half, None))
        if not (labels[:, void] == VOID).all():
            void, kept = kept, void
        assert (labels[:, void] == VOID).all()
        assert np.array_equal(labels[:, kept], asked[:, kept])
