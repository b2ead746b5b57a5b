"""Several processes train as one."""

import pytest
import torch
from ruamel.yaml import YAML
from safetensors.torch import load_file

from sims_core.base.presets import compose_preset
from tests.support import two_trainings
from tests.support.project import ROOT, link_data, run_process

# The mean of two gradients is added up in another order than that of one batch; Adam magnifies the last bits.
RELATIVE_TOLERANCE = 1e-5
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
FABRIC = ("-m", "lightning_fabric.cli", "--accelerator", "cpu", "--devices", "2", "--strategy", "ddp")


@pytest.fixture
def project(finished_project, tmp_path):
    """A project whose trainings take 20 steps of 4 examples."""
    link_data(finished_project, tmp_path, "scenes", "simulated", "models")
    yaml = YAML()
    parameters = yaml.load(compose_preset(ROOT / "presets/tiny.yaml"))
    parameters["ordering"] |= {"num_steps": 20, "batch_size": 4}
    parameters["pix2pix"] |= {"num_steps": 20, "batch_size": 4, "dropout_percent": 0}
    parameters["trainer"]["checkpoint_every_steps"] = 20
    with (tmp_path / "params.yaml").open("w") as file:
        yaml.dump(parameters, file)
    return tmp_path


def flat(folder):
    weights = load_file(folder / "weights.safetensors")
    return torch.cat([weights[name].flatten() for name in sorted(weights)])


@pytest.mark.parametrize(
    "start", [TORCHRUN, pytest.param(FABRIC, marks=pytest.mark.slow)], ids=["torchrun", "fabric run"]
)
def test_two_processes_end_in_the_weights_of_one(project, start, monkeypatch):
    monkeypatch.chdir(project)
    two_trainings.train("one")
    together = run_process(project, *start, two_trainings.__file__, "two")
    assert together.returncode == 0, together.stderr
    for model in ("ordering", "pix2pix"):  # pix2pix is trained against a critic
        one, two = (flat(project / folder / model) for folder in ("one", "two"))
        moved = one - flat(project / "data/models" / model)
        assert moved.norm() > 0.01 * one.norm()
        assert (two - one).norm() <= RELATIVE_TOLERANCE * one.norm()
    # Only the first process talks, once about each training.
    assert together.stderr.count("images/s") == 2
