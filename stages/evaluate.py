"""Everything a run made -> metrics/evaluate.json, metrics/figures, data/evaluation, data/plots/evaluation."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sims_core.base.entry import run_stage
from sims_core.base.artifacts import check_together, new_artifact
from sims_core.base.csv_files import rounded
from sims_core.base.files import atomic_folder, sha256_of, write_json
from sims_core.base.metrics import FIGURES
from sims_core.base.parameters import Parameters, load_parameters
from sims_core.composition.class_prior import read_prior
from sims_core.composition.composer import ComposeConfig
from sims_core.composition.elision import ElisionConfig
from sims_core.evaluation.measures.kernel_distance import SubsetRule, check_subset_size
from sims_core.evaluation.result_tables import SPECTRA, write_confusion, write_curves, write_per_image, write_spectra
from sims_core.evaluation.run.contested import ContestedRun, evaluate_contested, true_relations
from sims_core.evaluation.run.headline import headline
from sims_core.evaluation.run.layout import evaluate_layout
from sims_core.evaluation.run.ordering import evaluate_ordering
from sims_core.evaluation.run.retrieval import evaluate_retrieval
from sims_core.evaluation.run.rows_of_run import PRIMARY, num_labelled_px, row_rules
from sims_core.evaluation.run.scored import ScoredRun, score_run
from sims_core.evaluation.run.sources import Features, evaluate_sources
from sims_core.evaluation.run.transform import evaluate_transform
from sims_core.evaluation.settings import EvaluateConfig
from sims_core.evaluation.summary import SummaryRule, summarise_scores
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.matches import read_matches
from sims_core.formats.scenes import SceneReader
from sims_core.formats.simulated import ORDERING_PAIRS, TRANSFORM_PAIRS
from sims_core.formats.synthesized import ImageReader
from sims_core.formats.tables import TableReader
from sims_core.networks.perceptual import load_perceptual
from sims_core.networks.saved import read_card
from sims_core.networks.trained.layout import LayoutPredictor
from sims_core.networks.trained.ordering import OrderingPredictor
from sims_core.networks.trained.transform import TransformPredictor
from sims_core.retrieval.search import RetrieveConfig
from sims_core.retrieval.touching import layout_of_scene
from sims_core.scenes.segmented_layout import SegmentsConfig
from sims_core.synthesis.project import ComposerFiles, open_composer
from sims_core.training.settings.layout import LayoutConfig

_MODELS = ("transform", "ordering", "synthesis", "segmenter", "perceptual", "layout")


def main(
    scenes: Path = Path("data/scenes"),
    simulated: Path = Path("data/simulated"),
    bank: Path = Path("data/bank"),
    matches: Path = Path("data/matches"),
    canvases: Path = Path("data/canvases"),
    synthesized: Path = Path("data/synthesized"),
    baselines: Path = Path("data/baselines"),
    models: Path = Path("data/models"),
    out: Path = Path("data/evaluation"),
    plots: Path = Path("data/plots/evaluation"),
    metrics: Path = Path("metrics"),
    params: Path = Path("params.yaml"),
) -> None:
    """Score the networks on held-out pairs and the photographs against real ones and the asked layouts."""
    parameters = load_parameters(params)
    config = parameters.section("evaluate", EvaluateConfig)
    files = ComposerFiles(scenes, bank, models / "transform", models / "ordering")
    rivals: dict[str, Path] = {name: baselines / name for name in config.rivals}
    inputs = [scenes, bank, matches, canvases, synthesized]
    inputs += [simulated / name for name in ("transform", "ordering")]
    inputs += rivals.values()
    inputs += [models / name for name in _MODELS]
    check_together(*inputs)
    reader = SceneReader(scenes)
    ids, names = reader.ids("val"), reader.classes.names
    check_subset_size(config.kernel_subset_size, len(ids), "evaluate.kernel_subset_size")
    run = ScoredRun(scenes, canvases, synthesized, models, tuple(sorted(rivals.items())), parameters.seed)
    rows = run.rows
    scores, provenance = score_run(run, config.batch_size)
    subsets = SubsetRule(config.kernel_num_subsets, config.kernel_subset_size)
    rule = SummaryRule(subsets, config.num_resamples, parameters.seed, PRIMARY)
    summary = summarise_scores(scores, run.instruments, rule)
    resolution = summary.protocol["resolution"]
    figures = {
        "synthesis": rounded(
            {
                **summary.figures,
                "provenance": provenance.summary(set(reader.ids("train"))),
                "protocol": {
                    **summary.protocol,
                    "image_resize_filter": "none: all pictures are scored at the resolution they have",
                    "rows": row_rules(rows),
                    "perceptual_features": read_card(models / "synthesis").notes["perceptual_weights"],
                },
            }
        ),
        "synthesis_intervals": rounded(summary.intervals),
        "sources": evaluate_sources(
            reader,
            CanvasReader(canvases),
            ImageReader(synthesized),
            rows,
            _features(models / "perceptual"),
            parameters.seed,
        ),
        **_of_contested(files, matches, simulated, parameters),
        **_of_networks(reader, simulated, matches, models, parameters, resolution),
    }
    with new_artifact(out, "evaluation", "evaluate", inputs) as tables, atomic_folder(plots) as curves:
        write_per_image(tables / "per_image.csv", scores)
        write_confusion(tables / "confusion", scores, names)
        write_spectra(tables / SPECTRA, scores)
        write_curves(curves, scores, summary.peaks, names)
    for name, content in figures.items():
        write_json(metrics / FIGURES / f"{name}.json", content)
    write_json(metrics / "evaluate.json", headline(figures))


def _of_networks(
    scenes: SceneReader, simulated: Path, matches: Path, models: Path, parameters: Parameters, resolution: str
) -> dict[str, dict[str, Any]]:
    """Return the figures of retrieval and of each network by itself, by file."""
    prior = read_prior(models / "ordering", scenes.classes)
    sha256 = {name: sha256_of(models / name / "weights.safetensors") for name in ("layout", "transform", "ordering")}
    layout = parameters.section("layout", LayoutConfig)
    return {
        "layout": evaluate_layout(
            scenes,
            layout.source,
            layout.coarse,
            LayoutPredictor(models / "layout").refine,
            parameters.seed,
            sha256["layout"],
        ),
        "retrieval": evaluate_retrieval(read_matches(matches), num_labelled_px(scenes), resolution),
        "transform": evaluate_transform(
            TableReader(simulated / "transform", TRANSFORM_PAIRS),
            TransformPredictor(models / "transform"),
            resolution,
            sha256["transform"],
        ),
        "ordering": evaluate_ordering(
            TableReader(simulated / "ordering", ORDERING_PAIRS),
            OrderingPredictor(models / "ordering", prior.log_odds),
            prior,
            sha256["ordering"],
        ),
    }


def _of_contested(
    files: ComposerFiles, matches: Path, simulated: Path, parameters: Parameters
) -> dict[str, dict[str, Any]]:
    """Return the figures of contested pixels and their intervals, by file."""
    compose = parameters.section("compose", ComposeConfig).model_copy(update={"order": "network"})
    segments, elision = parameters.section("segments", SegmentsConfig), parameters.section("elision", ElisionConfig)
    run = ContestedRun(
        scenes=files.scenes,
        open_composer=partial(open_composer, files, compose, segments, elision),
        cut=partial(layout_of_scene, config=parameters.section("retrieve", RetrieveConfig), sizes=segments),
        seed=parameters.seed,
    )
    figures, intervals = evaluate_contested(
        run,
        read_matches(matches),
        true_relations(TableReader(simulated / "ordering", ORDERING_PAIRS)),
        parameters.section("evaluate", EvaluateConfig).num_resamples,
    )
    return {"contested": figures, "contested_intervals": intervals}


def _features(folder: Path) -> Features:
    network, card = load_perceptual(folder)
    return Features(network, card.notes["weights"], card.num_threads)


if __name__ == "__main__":
    run_stage(main)
