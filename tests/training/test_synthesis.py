"""Training the synthesis network: stored and fresh canvases, coarse to fine, both encoders."""

import json
import subprocess

import pytest
import torch
from ruamel.yaml import YAML
from safetensors.torch import load_file

from sims_core.base.presets import compose_preset
from sims_core.formats.simulated import SIMULATED_CANVASES, read_stencils
from sims_core.formats.tables import TableReader
from sims_core.networks.blocks import resize
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.simulation.tables import write_simulated
from sims_core.training.examples.canvases import FreshCanvases, StoredCanvases
from sims_core.training.loop.run import carry_over
from tests.support.project import ROOT, link_data, run_command
from tests.support.small_simulation import NUM_VARIANTS, make_simulation
from tests.support.vgg_files import save_weights, vgg_weights

FRAME = (32, 64)


@pytest.fixture(scope="module")
def simulated(scenes_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("canvases")
    simulation = make_simulation(folder, scenes_folder)
    write_simulated(folder / "simulated", simulation)
    return folder / "simulated", simulation


def fresh(simulated, frame=FRAME, num_variants=NUM_VARIANTS + 2):
    folder, simulation = simulated
    scene_ids = list(dict.fromkeys(TableReader(folder / "canvases", SIMULATED_CANVASES).column("scene_id")))
    return FreshCanvases(
        simulation.canvas_simulator, read_stencils(folder / "stencils"), scene_ids, num_variants, frame
    ), scene_ids


def test_fresh_canvases_begin_with_the_stored_ones_and_go_on_with_others(simulated):
    made, scene_ids = fresh(simulated)
    rows = TableReader(simulated[0] / "canvases", SIMULATED_CANVASES)
    stored = StoredCanvases(simulated[0] / "canvases", simulated[1].scenes, range(len(rows)), FRAME)
    assert len(made) == (NUM_VARIANTS + 2) * len(scene_ids)
    for index in range(len(stored)):
        row = rows.row(index)
        again = made[row["variant"] * len(scene_ids) + scene_ids.index(row["scene_id"])]
        assert all(torch.equal(again[name], planes) for name, planes in stored[index].items())
    first = [made[variant * len(scene_ids)]["canvas"] for variant in range(NUM_VARIANTS + 2)]
    assert not any(torch.equal(a, b) for number, a in enumerate(first) for b in first[:number])


def test_canvases_come_in_the_size_of_the_resolution(simulated):
    example = fresh(simulated, frame=(16, 32))[0][0]
    assert {name: tuple(planes.shape) for name, planes in example.items()} == {
        "canvas": (16, 32, 3),
        "known": (16, 32),
        "layout": (16, 32),
        "photo": (16, 32, 3),
        "labels": (16, 32),
    }


def test_finer_network_begins_as_the_coarser_one():
    torch.manual_seed(0)
    middle, fine = SynthesisNet(3, base_channels=2, output_scale=2), SynthesisNet(3, base_channels=2, output_scale=4)
    said = carry_over(middle, fine)
    assert said.endswith("2 of 36 are new: mixer.weight, mixer.bias")
    inputs = [resize(torch.rand(1, channels, 4, 6), (64, 96)) for channels in (3, 1, 4)]
    with torch.no_grad():
        small, large = middle(*(planes[..., ::2, ::2] for planes in inputs)), fine(*inputs)
    # The trunk sees a picture that was resized at once, not in two steps: they are alike, not equal.
    difference = (large.image[..., ::2, ::2] - small.image).abs().mean()
    assert difference < 0.2 * (small.image - small.image.mean()).abs().mean()
    coarse = SynthesisNet(3, base_channels=2)
    said = carry_over(coarse, SynthesisNet(3, base_channels=2, output_scale=2))
    assert "are new: upper.0.0.weight" in said
    assert "image_head.weight" in said
    assert "encoder" not in said


@pytest.fixture
def project(finished_project, tmp_path):
    """What a finished project trained on, and a function that trains anew with changed parameters."""
    link_data(finished_project, tmp_path, "scenes", "bank", "depth", "simulated", "canvases", "models/perceptual")

    def train(**changes):
        yaml = YAML()
        parameters = yaml.load(compose_preset(ROOT / "presets/tiny.yaml"))
        parameters["synthesis"] |= changes
        with (tmp_path / "params.yaml").open("w") as file:
            yaml.dump(parameters, file)
        return run_command(tmp_path, "stages.train_synthesis")

    train.folder = tmp_path
    return train


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_coarse_to_fine_in_one_run(project):
    tiny = YAML().load(compose_preset(ROOT / "presets/tiny.yaml"))["synthesis"]
    finer = {key: tiny[key] for key in ("batch_size", "schedule", "warmup_steps", "clip_norm", "ema_decay")}
    said = succeeded(project(resolutions=[32, 64], finer=finer | {"lr": 1e-4, "num_steps": 3}))
    assert "synthesis at 64 px: " in said
    assert "tensors of" in said
    assert "carried over" in said
    card = json.loads((project.folder / "data/models/synthesis/card.json").read_text())
    assert card["arguments"]["output_scale"] == 2
    assert (card["height_px"], card["width_px"], card["num_steps"]) == (64, 128, 3)
    assert "image_head.weight" in card["notes"]["begin_at_64_px"]
    assert (project.folder / "data/plots/synthesis/plots/metrics/train/loss.tsv").read_text().count("\n") == 7
    assert (project.folder / "data/plots/synthesis/64/plots/metrics/train/loss.tsv").read_text().count("\n") == 4
    assert run_command(project.folder, "stages.synthesize").returncode == 0


def test_fresh_canvases_and_the_encoder_of_the_paper(project):
    pretrained = vgg_weights(base_channels=4, last_block=4)
    path = save_weights(project.folder / "vgg.safetensors", pretrained)
    succeeded(project(canvases="fresh", encoder="vgg19", encoder_weights=str(path), num_steps=1, lr=1e-12))
    weights = load_file(project.folder / "data/models/synthesis/weights.safetensors")
    # Nothing was learnt in one step of that size: the encoder still is that of the file.
    assert torch.allclose(weights["encoder.4.6.weight"], pretrained["features.34.weight"])
    first, colours = weights["encoder.0.0.weight"], slice(20, 23)
    assert torch.allclose(first[:, colours], pretrained["features.0.weight"], atol=1e-9)
    assert first[:, :20].abs().max() <= 1e-9
    card = json.loads((project.folder / "data/models/synthesis/card.json").read_text())
    assert card["notes"]["canvases"] == "fresh"


def test_wrong_resolutions_are_one_line_before_anything_is_trained(project):
    for changes, expected in (
        ({"resolutions": [48]}, "must end at the height of the scenes"),
        ({"resolutions": [32, 48]}, "must double from one to the next"),
        ({"resolutions": [32, 64]}, "a section 'finer' go together"),
        ({"encoder_weights": "imagenet"}, "must be random"),
    ):
        done = project(**changes)
        assert done.returncode == 1
        (line,) = done.stderr.strip().splitlines()
        assert line.startswith("error: params.yaml: 'synthesis")
        assert expected in line
