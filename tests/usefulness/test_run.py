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
from sims_core.networks.trained.segmenter import SegmenterPredictor
from sims_core.scenes.classes import VOID
from sims_core.usefulness import run as run_module
from sims_core.usefulness.examples import made_pictures
from sims_core.usefulness.filtering import TOLERANCE, filter_pictures
from tests.support.made_pictures import write_mirrored


@pytest.fixture(scope="module")
def reader(finished_project):
    return SceneReader(finished_project / "data/scenes")


@pytest.fixture(scope="module")
def made(reader, tmp_path_factory):
    return write_mirrored(tmp_path_factory.mktemp("made"), reader)


def test_the_filter_keeps_what_is_at_most_so_much_above_the_mean(reader, made, finished_project, tmp_path):
    """Against losses that torch computes on all pictures at once."""
    judge = SegmenterPredictor(finished_project / "data/models/segmenter")
    names = sorted(path.stem for path in (made / "images").iterdir())
    pictures = made_pictures(made, names, known=False)
    filtered, share = filter_pictures(pictures, judge, reader.folder, tmp_path / "filtered")
    photos = np.stack([reader.load(name.removeprefix("mirrored-")).photo[:, ::-1] for name in names])
    labels = np.stack([reader.load(name.removeprefix("mirrored-")).labels[:, ::-1] for name in names])
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
