"""The network that turns coarse layouts into dense ones: examples, training, predictor, figures."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sims_core.base.errors import SimsError
from sims_core.base.pictures import write_png
from sims_core.evaluation.measures.drift import LayoutDrift
from sims_core.evaluation.run.layout import evaluate_layout
from sims_core.formats.scenes import SceneReader, write_scenes
from sims_core.layouts.coarse import CoarsenConfig
from sims_core.layouts.files import read_labels
from sims_core.networks.crn import LayoutRefinementNet
from sims_core.networks.tensors import one_hot
from sims_core.networks.trained.layout import LayoutPredictor
from sims_core.scenes.classes import VOID
from sims_core.training.loop.phase import Training
from sims_core.training.settings.layout import LayoutConfig
from sims_core.training.tasks.layout import CoarseLayouts, LayoutLoss, train_layout
from tests.support.project import run_command
from tests.support.small_scenes import make_scene
from tests.support.small_training import PHASE, TRAINER

COARSE = CoarsenConfig(
    max_erosion_fraction=0.05, max_simplification_fraction=0.05, small_area_fraction=0.05, drop_probability=0.5
)


def test_examples_are_coarse_differ_by_variant_and_every_second_is_mirrored(scenes_folder):
    reader = SceneReader(scenes_folder)
    ids = reader.ids("train")
    examples = CoarseLayouts(scenes_folder, ids, 4, "simulated", COARSE, 0)
    assert len(examples) == 4 * len(ids)
    labels = torch.from_numpy(reader.load(ids[0]).labels)
    variants = [examples[variant * len(ids)] for variant in range(4)]
    for variant, example in enumerate(variants):
        assert torch.equal(example["labels"], labels.flip(1) if variant % 2 else labels)
        assert (example["coarse"] == VOID).any()
    assert not torch.equal(variants[0]["coarse"], variants[2]["coarse"])
    again = CoarseLayouts(scenes_folder, ids, 100, "simulated", COARSE, 0)[2 * len(ids)]
    assert torch.equal(again["coarse"], variants[2]["coarse"])


@pytest.fixture(scope="module")
def annotated_folder(tmp_path_factory, classes):
    """Scenes with a coarse layout that no simulation would draw: the fine one, every second column void."""
    scenes = [make_scene(f"t{i}", "train", i) for i in range(4)] + [make_scene("v0", "val", 9)]
    folder = tmp_path_factory.mktemp("annotated") / "scenes"
    write_scenes(folder, classes, [replace(scene, coarse_labels=every_second(scene.labels)) for scene in scenes])
    return folder


def every_second(labels):
    coarse = labels.copy()
    coarse[:, ::2] = VOID
    return coarse


def test_annotated_examples_are_the_datasets_own(annotated_folder):
    reader = SceneReader(annotated_folder)
    assert reader.without_coarse_labels() == []
    ids = reader.ids("train")
    examples = CoarseLayouts(annotated_folder, ids, 3, "annotated", COARSE, 0)
    for variant in range(3):
        for position, scene_id in enumerate(ids):
            example, labels = examples[variant * len(ids) + position], reader.load(scene_id).labels
            step = -1 if variant % 2 else 1
            assert np.array_equal(example["labels"].numpy(), labels[:, ::step])
            assert np.array_equal(example["coarse"].numpy(), every_second(labels)[:, ::step])


def test_training_and_figures_on_annotated_layouts(annotated_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMS_STATE_DIR", str(tmp_path / "state"))
    training = Training(name="layout", trainer=TRAINER, seed=0, out=tmp_path / "layout", curves=tmp_path / "curves")
    config = LayoutConfig(base_channels=2, num_modules=3, source="annotated", coarse=COARSE, **PHASE)
    metrics = train_layout(training, config, annotated_folder)
    assert metrics["num_steps"] == PHASE["num_steps"]
    reader, refine = SceneReader(annotated_folder), LayoutPredictor(tmp_path / "layout").refine
    found = evaluate_layout(reader, "annotated", COARSE, refine, 0, "abc")
    assert found["share_of_void_pixels"] == 0.5
    assert found["coarse"]["pixel_accuracy"] == 0.5
    assert found["refined"]["pixel_accuracy"] >= 0.5
    assert found["protocol"]["layouts"].startswith("the dataset's own")


def test_annotated_layouts_are_asked_for_where_there_are_none(scenes_folder, tmp_path):
    training = Training(name="layout", trainer=TRAINER, seed=0, out=tmp_path / "layout", curves=tmp_path / "curves")
    config = LayoutConfig(base_channels=2, num_modules=3, source="annotated", coarse=COARSE, **PHASE)
    message = r"scene 't0': has no coarse annotation beside its layout; set layout\.source to simulated"
    with pytest.raises(SimsError, match=message) as caught:
        train_layout(training, config, scenes_folder)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "layout").exists()
    with pytest.raises(SimsError, match=r"scene 'v0': has no coarse annotation"):
        evaluate_layout(SceneReader(scenes_folder), "annotated", COARSE, lambda coarse: coarse, 0, "abc")


def test_loss_counts_what_the_fine_layout_labels():
    class Sure(torch.nn.Module):
        def forward(self, layout):
            return torch.full((1, 2, 1, 3), 0.0).index_fill(1, torch.tensor([0]), 50.0)

    batch = {
        "coarse": torch.tensor([[[0, VOID, VOID]]], dtype=torch.uint8),
        "labels": torch.tensor([[[0, 1, VOID]]], dtype=torch.uint8),
    }
    assert LayoutLoss(2)(Sure(), batch)["semantic"] == pytest.approx(25)


@pytest.mark.parametrize("size", [(16, 24), (15, 9)])
def test_network_has_logits_of_the_layouts_size_and_every_input_counts(size):
    network = LayoutRefinementNet(3, base_channels=4, num_modules=3)
    planes = one_hot(torch.randint(0, 4, (2, *size)).to(torch.uint8), 3).requires_grad_()
    logits = network(planes)
    assert logits.shape == (2, 3, *size)
    logits.square().sum().backward()
    assert (planes.grad.abs().sum(dim=(0, 2, 3)) > 0).all()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_a_finished_project_fills_in_and_keeps_what_was_painted(finished_project):
    predictor = LayoutPredictor(finished_project / "data/models/layout")
    reader = SceneReader(finished_project / "data/scenes")
    coarse = reader.load(reader.ids("val")[0]).labels.copy()
    coarse[10:40, 10:60] = VOID
    dense = predictor.refine(coarse)
    assert (dense != VOID).all()
    assert np.array_equal(dense[coarse != VOID], coarse[coarse != VOID])
    assert dense.max() < len(reader.classes)


def test_figures_of_a_perfect_and_an_idle_refinement(scenes_folder):
    reader = SceneReader(scenes_folder)
    fine = iter([reader.load(scene_id).labels for scene_id in reader.ids("val")])
    perfect = evaluate_layout(reader, "simulated", COARSE, lambda coarse: next(fine), 0, "abc")
    idle = evaluate_layout(reader, "simulated", COARSE, lambda coarse: coarse, 0, "abc")
    assert perfect["refined"] == {"mean_iou": 1.0, "pixel_accuracy": 1.0}
    assert idle["refined"] == idle["coarse"] == perfect["coarse"]
    assert idle["coarse"]["mean_iou"] < 1
    assert 0 < idle["share_of_void_pixels"] < 1


def test_the_command_writes_a_layout_that_synthesize_takes(finished_project, tmp_path):
    reader = SceneReader(finished_project / "data/scenes")
    coarse = reader.load(reader.ids("val")[0]).labels.copy()
    coarse[:20] = VOID
    write_png(tmp_path / "sketch.png", coarse)
    project = str(finished_project)
    out = str(tmp_path / "dense.png")
    made = run_command(tmp_path, "sims_core.cli", "layout", "refine", "sketch.png", "-o", out, "--project", project)
    assert made.returncode == 0, made.stderr
    assert "of the pixels filled in" in made.stdout
    street = ["sims_core.cli", "synthesize", "sketch.png", "--coarse", "-o", "street.png", "--project", project]
    assert run_command(tmp_path, *street).returncode == 0
    assert Path(tmp_path / "street.png").is_file()
    wrong = run_command(
        tmp_path, "sims_core.cli", "layout", "refine", "sketch.png", "-o", "x.jpg", "--project", project
    )
    assert wrong.returncode == 1
    assert "pictures are written as PNG" in wrong.stderr


def test_exported_coarse_layouts_are_those_that_evaluate_refines(finished_project, tmp_path):
    project = str(finished_project)
    made = run_command(tmp_path, "sims_core.cli", "scenes", "export", "--coarse", "-o", "val", "--project", project)
    assert made.returncode == 0, made.stderr
    reader = SceneReader(finished_project / "data/scenes")
    drift = LayoutDrift(len(reader.classes))
    for scene_id in reader.ids("val"):
        drift.add(reader.load(scene_id).labels, read_labels(tmp_path / f"val/coarse/{scene_id}.png", reader.classes))
    figures = json.loads((finished_project / "metrics/figures/layout.json").read_text())
    assert drift.summary() == pytest.approx(figures["coarse"], abs=1e-6)
