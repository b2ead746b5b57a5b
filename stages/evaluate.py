"""Everything a run made -> metrics/*.json, data/evaluation, data/plots/evaluation: figures with their protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.evaluation.ordering import evaluate_ordering
from sims_core.evaluation.retrieval import evaluate_retrieval
from sims_core.evaluation.scoring import Segmented
from sims_core.evaluation.settings import EvaluateConfig
from sims_core.evaluation.synthesis import num_labelled_px, score_pictures, summarise, write_tables
from sims_core.evaluation.transform import evaluate_transform
from sims_core.files import atomic_folder, sha256_of, write_json
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.images import read_images
from sims_core.formats.matches import read_matches
from sims_core.formats.scenes import SceneReader
from sims_core.formats.simulated import ORDERING_PAIRS, TRANSFORM_PAIRS
from sims_core.formats.tables import TableReader
from sims_core.ordering import read_prior
from sims_core.parameters import load_parameters
from sims_core.predict import OrderingPredictor, SegmenterPredictor, TransformPredictor
from sims_core.stage import run_stage
from sims_core.training.models import read_card


def main(
    scenes: Path = Path("data/scenes"),
    simulated: Path = Path("data/simulated"),
    matches: Path = Path("data/matches"),
    canvases: Path = Path("data/canvases"),
    synthesized: Path = Path("data/synthesized"),
    models: Path = Path("data/models"),
    out: Path = Path("data/evaluation"),
    plots: Path = Path("data/plots/evaluation"),
    metrics: Path = Path("metrics"),
    params: Path = Path("params.yaml"),
) -> None:
    """Score the networks on held-out pairs and the photographs against real ones and the asked layouts."""
    parameters = load_parameters(params)
    config = parameters.section("evaluate", EvaluateConfig)
    reader, segmenter = SceneReader(scenes), SegmenterPredictor(models / "segmenter")
    frame = reader.frame()
    resolution = f"{frame[1]} x {frame[0]}"
    sha256 = {name: sha256_of(models / name / "weights.safetensors") for name in ("transform", "ordering", "segmenter")}

    def segment(pictures: NDArray[np.uint8]) -> Segmented:
        return Segmented(*segmenter.predict(pictures))

    pictures, provenance = score_pictures(
        reader, CanvasReader(canvases), read_images(synthesized), segment, config.batch_size
    )
    protocol = {
        "resolution": resolution,
        "segmenter": "U-Net trained by stage 'train_segmenter' on the training photos",
        "segmenter_weights_sha256": sha256["segmenter"],
        "perceptual_features": read_card(models / "synthesis").notes["perceptual_weights"],
    }
    prior = read_prior(simulated, reader.classes)
    figures = {
        "synthesis": summarise(pictures, provenance, set(reader.ids("train")), config, parameters.seed, protocol),
        "retrieval": evaluate_retrieval(read_matches(matches), num_labelled_px(reader), resolution),
        "transform": evaluate_transform(
            TableReader(simulated, TRANSFORM_PAIRS, "transform-*.parquet"),
            TransformPredictor(models / "transform"),
            resolution,
            sha256["transform"],
        ),
        "ordering": evaluate_ordering(
            TableReader(simulated, ORDERING_PAIRS, "ordering-*.parquet"),
            OrderingPredictor(models / "ordering", prior.log_odds),
            prior,
            sha256["ordering"],
        ),
    }
    with atomic_folder(out) as tables, atomic_folder(plots) as curves:
        write_tables(pictures, tables, curves, reader.classes.names, frame)
    for name, content in figures.items():
        write_json(metrics / f"{name}.json", content)


if __name__ == "__main__":
    run_stage(main)
