"""The evaluation's segmenter on either encoder."""

import pytest
import torch
from pydantic import ValidationError

from sims_core.evaluation.instruments.pipeline_segmenter import PipelineSegmenter
from sims_core.formats.scenes import SceneReader
from sims_core.networks.efficientnet_lite0 import LITE0_SHA256, load_lite0
from sims_core.networks.pyramid_segmenter import PyramidSegmenter
from sims_core.networks.saved import load_model
from sims_core.training.loop.phase import Training
from sims_core.training.settings.segmenter import SegmenterConfig
from sims_core.training.tasks.segmenter import train_segmenter
from tests.support.small_training import PHASE, TRAINER

LITE0 = {"encoder": "lite0", "base_channels": 8, "num_levels": 4, "lovasz_weight": 1.0}


@pytest.fixture
def train(tmp_path, monkeypatch, scenes_folder):
    """Train on the six small photos; return the metrics."""
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))

    def run(**changes):
        training = Training(
            name="segmenter",
            trainer=TRAINER,
            seed=0,
            out=tmp_path / "segmenter",
            curves=tmp_path / "curves",
        )
        return train_segmenter(training, SegmenterConfig(**PHASE | LITE0 | changes), scenes_folder)

    return run


def test_lite0_begins_with_imagenets_weights(train, tmp_path):
    metrics = train(num_steps=1, warmup_steps=0, lr=1e-6)
    network, card = load_model(tmp_path / "segmenter", PyramidSegmenter)
    # Adam moves no weight by more than the learning rate in its first step.
    for name, weight in load_lite0().named_parameters():
        if not name.startswith(("head", "classifier")):
            assert (network.encoder.get_parameter(name) - weight).abs().max() < 1e-5
    assert card.notes == {"encoder": f"EfficientNet-Lite0, sha256 {LITE0_SHA256}"}
    assert metrics["protocol"]["encoder"] == card.notes["encoder"]


def test_it_learns_the_photos_and_labels_them_in_the_evaluation(train, tmp_path, scenes_folder):
    metrics = train(num_steps=30, lr=2e-3)
    assert set(metrics["final_losses"]) == {"semantic", "lovasz", "loss"}
    assert metrics["final_losses"]["semantic"] < 0.8  # log 5 = 1.61 when nothing is known
    scenes = SceneReader(scenes_folder)
    segmenter = PipelineSegmenter(tmp_path / "segmenter", scenes.classes)
    found = [scenes.load(scene_id) for scene_id in scenes.ids("train")]
    labelled = [segmenter(scene.photo[None]).labels[0] for scene in found]
    right = [(own == scene.labels)[scene.labels != 255].mean() for own, scene in zip(labelled, found, strict=True)]
    assert min(right) > 0.6
    assert segmenter.protocol["segmenter"].startswith("feature pyramid on EfficientNet-Lite0")


def test_lite0_has_five_sizes():
    with pytest.raises(ValidationError, match="encoder 'lite0' has 5 sizes: lower 'num_levels'"):
        SegmenterConfig(**PHASE | LITE0 | {"num_levels": 6})
    SegmenterConfig(**PHASE | LITE0 | {"num_levels": 6, "encoder": "unet"})
    assert len(load_lite0().pyramid(torch.rand(1, 3, 32, 32))) == 5
