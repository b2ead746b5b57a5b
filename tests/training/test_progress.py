"""Where a training is: its sums, its curves and its best weights, kept and restored."""

import pytest
import torch
from torch import nn

from sims_core.base.errors import SimsError
from sims_core.training.loop.progress import Progress, load_checkpoint, save_checkpoint


def test_an_interval_has_the_means_of_its_steps():
    progress = Progress()
    for loss in (1.0, 2.0, 6.0):
        progress.count({"pixel": loss, "loss": 2 * loss})
    assert (progress.step, progress.num_summed) == (3, 3)
    assert progress.close_interval() == {"pixel": 3.0, "loss": 6.0}
    progress.count({"pixel": 5.0, "loss": 7.0})
    assert progress.close_interval() == {"pixel": 5.0, "loss": 7.0}
    assert progress.step == 4


def test_the_best_is_the_first_with_the_lowest_sum():
    progress = Progress()
    found = []
    for step, loss in enumerate((3.0, 2.0, 2.0, 4.0, 1.0), start=1):
        progress.step = 10 * step
        found.append(progress.add_validation({"pixel": -loss, "loss": loss}))
    assert found == [True, True, False, False, True]
    assert progress.validation[progress.best] == (50, {"pixel": -1.0, "loss": 1.0})


def take_step(network, optimizer):
    optimizer.zero_grad()
    network(torch.ones(1, 2)).square().sum().backward()
    optimizer.step()


def trained():
    """A network that has taken a step, its optimiser, and where they are."""
    torch.manual_seed(0)
    network = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    take_step(network, optimizer)
    progress = Progress(step=7, sums={"loss": 2.5}, num_summed=1, history=[(6, {"train/loss": 1.5})])
    progress.add_validation({"loss": 0.5})
    return {"network": network, "optimizer": optimizer}, progress


def test_everything_comes_back_from_a_checkpoint(tmp_path):
    parts, progress = trained()
    save_checkpoint(tmp_path / "state", parts, progress)
    fresh = nn.Linear(2, 1)
    others = {"network": fresh, "optimizer": torch.optim.Adam(fresh.parameters(), lr=9.0)}
    assert load_checkpoint(tmp_path / "state", others) == progress
    for goes_on in (parts, others):
        take_step(goes_on["network"], goes_on["optimizer"])
    assert torch.equal(parts["network"].weight, fresh.weight)
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["checkpoint.pt"]


def test_without_a_checkpoint_a_training_begins(tmp_path):
    parts, _ = trained()
    before = parts["network"].weight.clone()
    assert load_checkpoint(tmp_path, parts) == Progress()
    assert torch.equal(parts["network"].weight, before)


def test_a_checkpoint_of_other_parts_is_named(tmp_path):
    parts, progress = trained()
    save_checkpoint(tmp_path, parts, progress)
    for others in ({"network": nn.Linear(3, 1)}, {"critic": nn.Linear(2, 1)}):
        with pytest.raises(
            SimsError, match=r"checkpoint\.pt: checkpoint cannot be read, found .*; delete it"
        ) as caught:
            load_checkpoint(tmp_path, others)
        assert "\n" not in str(caught.value)
