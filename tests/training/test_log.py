"""What a training says while it runs: curves on disk and a line about its speed, which is part of the cost."""

import json

import pytest

from sims_core.base.cost import measured
from sims_core.training.loop.log import TrainingLog
from sims_core.training.loop.progress import Progress


def points(folder, curve):
    """The (step, value) pairs of a curve."""
    lines = [line.split("\t") for line in (folder / f"plots/metrics/{curve}.tsv").read_text().splitlines()]
    assert lines[0] == ["step", curve.split("/")[-1]]
    return [(int(step), float(value)) for step, value in lines[1:]]


def two_steps(progress, losses=(1.0, 3.0)):
    for loss in losses:
        progress.count({"pixel": loss, "loss": loss})


def test_an_interval_is_a_point_of_every_curve_and_the_speed_is_said_once(tmp_path, capsys):
    progress = Progress()
    with measured(tmp_path / "cost.json"), TrainingLog(tmp_path, "scale", 4, progress) as log:
        two_steps(progress)
        log.training(progress, batch_size=6, seconds=3.0, wait_share=0.5)
        log.validation(progress, {"loss": 0.25})
        log.advance(progress.step)
        two_steps(progress, (0.123456789, 0.123456789))
        log.training(progress, batch_size=6, seconds=1.0, wait_share=0.1)
    assert points(tmp_path, "train/pixel") == points(tmp_path, "train/loss") == [(2, 2.0), (4, 0.123457)]
    assert points(tmp_path, "val/loss") == [(2, 0.25)]
    assert {path.stem for path in tmp_path.rglob("*.tsv")} == {"loss", "pixel"}
    assert json.loads((tmp_path / "metrics.json").read_text())["train"]["pixel"] == 0.123457
    # 24 images in 4 seconds, of which 1.6 went by in waiting.
    cost = json.loads((tmp_path / "cost.json").read_text())
    assert (cost["images_per_s"], cost["wait_share"]) == (6.0, 0.4)
    assert "scale: 6.00 images/s, 40.0% of the time spent waiting for data" in capsys.readouterr().err


def test_a_training_that_goes_on_has_its_earlier_points(tmp_path):
    progress = Progress(step=2, history=[(1, {"train/loss": 8.0}), (2, {"train/loss": 4.0, "val/loss": 5.0})])
    with TrainingLog(tmp_path, "scale", 3, progress) as log:
        progress.count({"loss": 2.0})
        log.training(progress, batch_size=1, seconds=1.0, wait_share=0.0)
    assert points(tmp_path, "train/loss") == [(1, 8.0), (2, 4.0), (3, 2.0)]
    assert points(tmp_path, "val/loss") == [(2, 5.0)]
    assert [step for step, _ in progress.history] == [1, 2, 3]


def test_a_training_that_breaks_off_does_not_tell_its_speed(tmp_path, capsys):
    progress = Progress()

    def train():
        with TrainingLog(tmp_path, "scale", 2, progress) as log:
            two_steps(progress)
            log.training(progress, batch_size=1, seconds=1.0, wait_share=0.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train()
    assert "images/s" not in capsys.readouterr().err
    assert points(tmp_path, "train/loss") == [(2, 2.0)]


def test_other_processes_of_a_run_keep_the_points_and_say_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    progress = Progress()
    with TrainingLog(tmp_path, "scale", 2, progress) as log:
        two_steps(progress)
        log.training(progress, batch_size=1, seconds=1.0, wait_share=0.0)
    assert progress.history[0] == (2, {"train/pixel": 2.0, "train/loss": 2.0})
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == ""
