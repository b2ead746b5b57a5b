"""Several processes train as one."""

import shutil
import subprocess
import sys

import pytest
import torch
from ruamel.yaml import YAML
from safetensors.torch import load_file

from sims_core.base.presets import compose_preset
from tests.support.project import ROOT, environment

# The mean of two gradients is added up in another order than that of one batch; Adam magnifies the last bits.
RELATIVE_TOLERANCE = 1e-5


@pytest.fixture
def project(finished_project, tmp_path):
    """A project whose trainings take 20 steps of 4 examples."""
    for name in ("data", "metrics"):
        shutil.copytree(finished_project / name, tmp_path / name)
    yaml = YAML()
    parameters = yaml.load(compose_preset(ROOT / "presets/tiny.yaml"))
    parameters["ordering"] |= {"num_steps": 20, "batch_size": 4}
    parameters["pix2pix"] |= {"num_steps": 20, "batch_size": 4, "dropout_percent": 0}
    parameters["trainer"]["checkpoint_every_steps"] = 20
    with (tmp_path / "params.yaml").open("w") as file:
        yaml.dump(parameters, file)
    return tmp_path


ORDERING = ("-m", "stages.train_ordering")
PIX2PIX = ("-m", "stages.train_baseline", "pix2pix")
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
FABRIC = ("-m", "lightning_fabric.cli", "--accelerator", "cpu", "--devices", "2", "--strategy", "ddp")
PLACES = {
    "ordering": ("--out={0}/ordering", "--curves={0}/curves", "--metrics={0}/metrics.json"),
    "pix2pix": ("--models={0}", "--plots={0}/plots", "--metrics={0}/metrics"),
}


def train(project, model, folder, *command):
    """Run a training that writes below a folder; return its weights and what it said."""
    done = subprocess.run(
        [sys.executable, *command, *(option.format(folder) for option in PLACES[model])],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return flat(project / folder / model), done.stderr


def flat(folder):
    weights = load_file(folder / "weights.safetensors")
    return torch.cat([weights[name].flatten() for name in sorted(weights)])


@pytest.mark.parametrize(
    ("model", "alone", "together"),
    [
        ("ordering", ORDERING, TORCHRUN + ORDERING),
        pytest.param(
            "ordering", ORDERING, (*FABRIC, str(ROOT / "stages" / "train_ordering.py")), marks=pytest.mark.slow
        ),
        ("pix2pix", PIX2PIX, TORCHRUN + PIX2PIX),
    ],
    ids=["torchrun", "fabric run", "torchrun against a critic"],
)
def test_two_processes_end_in_the_weights_of_one(project, model, alone, together):
    one, _ = train(project, model, "one", *alone)
    two, said = train(project, model, "two", *together)
    moved = one - flat(project / "data/models" / model)
    assert moved.norm() > 0.01 * one.norm()
    assert (two - one).norm() <= RELATIVE_TOLERANCE * one.norm()
    assert said.count("images/s") == 1  # only the first process talks
