"""Several processes train as one."""

import shutil
import subprocess
import sys

import pytest
import torch
from ruamel.yaml import YAML
from safetensors.torch import load_file

from tests.import_closure import ROOT
from tests.project import environment

# The mean of two gradients is added up in another order than that of one batch; Adam magnifies the last bits.
RELATIVE_TOLERANCE = 1e-5


@pytest.fixture
def project(finished_project, tmp_path):
    """A project whose trainings take 20 steps of 4 examples."""
    for name in ("data", "metrics"):
        shutil.copytree(finished_project / name, tmp_path / name)
    yaml = YAML()
    parameters = yaml.load((ROOT / "presets" / "tiny.yaml").read_text())
    parameters["ordering"] |= {"num_steps": 20, "batch_size": 4}
    parameters["trainer"]["checkpoint_every_steps"] = 20
    with (tmp_path / "params.yaml").open("w") as file:
        yaml.dump(parameters, file)
    return tmp_path


TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "stages.train_ordering"]
FABRIC = ["-m", "lightning_fabric.cli", "--accelerator", "cpu", "--devices", "2", "--strategy", "ddp"]


def train(project, out, *command):
    arguments = ["--out", out, "--curves", f"{out}-curves", "--metrics", f"{out}.json"]
    done = subprocess.run(
        [sys.executable, *command, *arguments],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return load_file(project / out / "weights.safetensors"), done.stderr


@pytest.mark.parametrize(
    "command",
    [TORCHRUN, pytest.param([*FABRIC, str(ROOT / "stages" / "train_ordering.py")], marks=pytest.mark.slow)],
    ids=["torchrun", "fabric run"],
)
def test_two_processes_end_in_the_weights_of_one(project, command):
    one, _ = train(project, "one", "-m", "stages.train_ordering")
    two, said = train(project, "two", *command)
    flat = [torch.cat([weights[name].flatten() for name in sorted(weights)]) for weights in (one, two)]
    start = load_file(project / "data/models/ordering/weights.safetensors")
    moved = flat[0] - torch.cat([start[name].flatten() for name in sorted(start)])
    assert moved.norm() > 0.01 * flat[0].norm()
    assert (flat[1] - flat[0]).norm() <= RELATIVE_TOLERANCE * flat[0].norm()
    assert said.count("images/s") == 1  # only the first process talks
