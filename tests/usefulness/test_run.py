"""`sims usefulness run` from texts to figures, on a finished project of the tiny preset."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from sims_core.base.pictures import encode_png
from sims_core.cli.app import commands
from sims_core.evaluation.measures.segmentation import mean_iou
from sims_core.formats.scenes import SceneReader
from sims_core.layouts.files import write_layout
from sims_core.networks.trained.segmenter import SegmenterPredictor
from sims_core.scenes.classes import VOID
from sims_core.usefulness import run as run_module
from sims_core.usefulness.arms import Part
from sims_core.usefulness.examples import ArmExamples, made_pictures
from sims_core.usefulness.filtering import TOLERANCE, filter_pictures, too_hard


@pytest.fixture(scope="module")
def reader(finished_project):
    return SceneReader(finished_project / "data/scenes")


@pytest.fixture(scope="module")
def made(reader, tmp_path_factory):
    """Mirrored validation photos in the place of made pictures; their left half counts as invented."""
    folder = tmp_path_factory.mktemp("made")
    for part in ("images", "labels", "origins"):
        (folder / part).mkdir()
    for scene in reader.scenes("val"):
        (folder / f"images/{scene.scene_id}.png").write_bytes(encode_png(scene.photo[:, ::-1]))
        write_layout(
            folder / f"labels/{scene.scene_id}.png", np.ascontiguousarray(scene.labels[:, ::-1]), reader.classes
        )
        origins = np.ones(scene.labels.shape, np.uint8)
        origins[:, : origins.shape[1] // 2] = 0
        (folder / f"origins/{scene.scene_id}.png").write_bytes(encode_png(origins))
    return folder


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


def test_too_hard_is_above_the_limit_of_the_category():
    labels = np.array([[0, 0, 1, VOID]], np.uint8)
    losses = np.array([[1.0, 1.1, 1.1, 9.0]], np.float32)
    limits = np.zeros(256)
    limits[:2] = 1.05, 2.0
    assert too_hard(labels, losses, limits).tolist() == [[False, True, False, False]]


def test_the_filter_keeps_what_is_at_most_so_much_above_the_mean(reader, made, finished_project, tmp_path):
    """Against losses that torch computes on all pictures at once."""
    judge = SegmenterPredictor(finished_project / "data/models/segmenter")
    names = sorted(path.stem for path in (made / "images").iterdir())
    pictures = made_pictures(made, names, known=False)
    filtered, share = filter_pictures(pictures, judge, reader.folder, tmp_path / "filtered")
    photos = np.stack([reader.load(name).photo[:, ::-1] for name in names])
    labels = np.stack([reader.load(name).labels[:, ::-1] for name in names])
    planes = torch.from_numpy(photos.copy()).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        logits = judge._network.with_features(planes)[0].log_softmax(dim=1).numpy()
    picked = np.take_along_axis(logits, np.where(labels == VOID, 0, labels)[:, None].astype(np.int64), axis=1)[:, 0]
    expected = labels.copy()
    for category in np.unique(labels[labels != VOID]):
        own = labels == category
        losses = -picked[own].astype(np.float64)
        expected[own] = np.where(losses > TOLERANCE * losses.mean(), VOID, category)
    kept = np.stack([np.asarray(Image.open(picture.labels)) for picture in filtered])
    assert (kept == expected).mean() > 0.9999  # losses at the limit itself round either way
    assert share == pytest.approx((expected != labels).sum() / (labels != VOID).sum(), abs=1e-3)
    assert 0 < share < 1


def run(project, out, *arguments):
    result = CliRunner().invoke(
        commands, ["usefulness", "run", "-o", str(out), "--project", str(project), *map(str, arguments)]
    )
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_arms_become_figures_and_a_second_run_trains_nothing(finished_project, made, reader, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))
    out = tmp_path / "usefulness"
    arms = ["--arm", "real=real", "--arm", f"mixed=real+{made}+filter", "--arm", f"only={made}+known"]
    said = run(finished_project, out, "--seeds", 2, *arms)
    figures = json.loads((out / "figures.json").read_text())
    assert figures["num_real_photos"] == 12
    assert figures["num_test_photos"] == 4
    assert list(figures["arms"]) == ["real", "mixed", "only"]
    assert list(figures["differences"]) == ["mixed_minus_real", "only_minus_real"]
    assert figures["arms"]["mixed"]["parts"] == f"real+{made.name}+filter"
    assert figures["arms"]["mixed"]["num_made_pictures"] == 4
    assert 0 < figures["arms"]["mixed"]["share_filtered"] < 1
    assert {"filter", "known"} <= set(figures["protocol"])
    assert "augment" not in figures["protocol"]
    for arm in figures["arms"].values():
        assert len(arm["by_seed"]) == 2
        assert arm["mean_iou"] == pytest.approx(np.mean(arm["by_seed"]), abs=2e-6)
        assert f"{arm['mean_iou']:.3f}" in said
    counts = run_module._test(out / "trainings/only/1/segmenter", reader).sum(axis=0)
    assert figures["arms"]["only"]["by_seed"][1] == pytest.approx(float(mean_iou(counts)), abs=2e-6)

    def never(*arguments):
        raise AssertionError("trained again")

    before = (out / "figures.json").read_bytes()
    (out / "figures.json").unlink()
    monkeypatch.setattr(run_module, "train_segmenter", never)
    run(finished_project, out, "--seeds", 2, *arms)
    assert (out / "figures.json").read_bytes() == before
    shutil.copytree(made, tmp_path / "other")
    next((tmp_path / "other/images").iterdir()).write_bytes(encode_png(np.zeros((*reader.frame(), 3), np.uint8)))
    with pytest.raises(AssertionError, match="trained again"):
        run(finished_project, out, "--arm", "real=real", "--arm", f"only={tmp_path / 'other'}+known")
