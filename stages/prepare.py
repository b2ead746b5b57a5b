"""Raw dataset -> data/scenes: one form for every dataset."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.files import write_json
from sims_core.base.parameters import load_parameters
from sims_core.datasets.check.scene_watch import SceneWatch
from sims_core.datasets.load import load_dataset
from sims_core.datasets.settings import PrepareConfig
from sims_core.formats.scenes import write_scenes


def main(
    out: Path = Path("data/scenes"),
    figures: Path = Path("metrics/figures/prepare.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Read or render the dataset that params.yaml names and write its scenes and class table."""
    parameters = load_parameters(params)
    config = parameters.section("prepare", PrepareConfig)
    dataset = load_dataset(config, parameters.seed)
    watch = SceneWatch(dataset.classes)
    counts = write_scenes(out, dataset.classes, watch.watch(dataset.scenes))
    write_json(
        figures,
        {
            "dataset": config.source.dataset,
            "num_train": counts["train"],
            "num_val": counts["val"],
            "num_categories": len(dataset.classes),
            "height_px": config.height_px,
            "width_px": config.width_px,
        },
    )
    watch.say()


if __name__ == "__main__":
    run_stage(main)
