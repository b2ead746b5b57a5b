"""The report: one folder with a page that shows and explains what a run of the pipeline made.

The page needs nothing outside its folder, and the same artifacts give the same bytes.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np

from sims_core.base.artifacts import check_together, new_artifact, open_artifact
from sims_core.base.csv_files import read_csv
from sims_core.base.pictures import write_png
from sims_core.base.text_files import shown
from sims_core.composition.credits import credits_of
from sims_core.drawing.bank_sheet import bank_sheet
from sims_core.drawing.charts import Curve, draw_categories, draw_curves, draw_spectrum
from sims_core.drawing.contact_sheet import provenance_picture
from sims_core.drawing.pages import page_template
from sims_core.evaluation.row_series import row_series
from sims_core.evaluation.rows import ordered_rows, row_title
from sims_core.formats.bank import BankReader
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import ImageReader
from sims_core.networks.baselines import Baseline
from sims_core.report.explanations import ExplainedFile, explain
from sims_core.report.figures import MetricsFile
from sims_core.report.metrics_files import FILES, TRAININGS
from sims_core.report.reading import INTERVALS, read_any_figures, read_figures
from sims_core.report.settings import ReportConfig

_VARIANT = 0
# Columns of spectrum.csv that say where on the spectrum, all others are rows of the evaluation.
_RINGS = ("radius", "cycles_per_pixel")


@dataclass(frozen=True)
class ReportInputs:
    """Where a finished run lies; the rivals' pictures by the rival's name."""

    scenes: Path
    bank: Path
    canvases: Path
    synthesized: Path
    rivals: Mapping[str, Path]
    evaluation: Path
    plots: Path
    figures: Path

    def artifacts(self) -> list[Path]:
        """Return those that have cards, which must belong together."""
        return [self.scenes, self.bank, self.canvases, self.synthesized, *self.rivals.values(), self.evaluation]

    def foreign_rivals(self) -> set[str]:
        """Return the rivals that are none of this run: what an earlier run left of them is not shown."""
        return {*Baseline} - self.rivals.keys()


@dataclass(frozen=True)
class SceneRow:
    """One row of a gallery; pictures are paths relative to the page, by column name."""

    scene_id: str
    pictures: dict[str, str]
    mean_iou: str
    mean_iou_real: str
    pixel_accuracy: str
    num_photos: int
    invented: str
    sources: str


Scores = dict[str, dict[str, float]]
# By scene, of per_image.csv; NaN where nothing was measured.
_SCORES = ("mean_iou_synthesized", "mean_iou_real", "pixel_accuracy_synthesized")


def write_report(folder: Path, inputs: ReportInputs, config: ReportConfig) -> None:
    """Write index.html and its pictures.

    Args:
        folder: Replaced as a whole.
        inputs: The artifacts.
        config: How much to show.

    Raises:
        SimsError: An artifact is missing, or of another run than the others.
    """
    check_together(*inputs.artifacts())
    evaluation = open_artifact(inputs.evaluation, "evaluate")
    for path in evaluation.paths("*"):
        evaluation.verified(path)
    scenes, bank = SceneReader(inputs.scenes), BankReader(inputs.bank)
    dataset = read_figures(inputs.figures / "prepare.json", "prepare").part("dataset")
    scores = read_scores(inputs.evaluation / "per_image.csv", scenes.ids("val"))
    ranked = rank_by_score(scores)
    num_extremes = min(config.num_extremes, len(ranked) // 2)
    galleries = {
        "typical": sorted(scores)[: config.num_typical],
        "best": ranked[:num_extremes],
        "worst": ranked[::-1][:num_extremes],
    }
    with new_artifact(folder, "report", "report", inputs.artifacts()) as temporary:
        rows = _write_scene_pictures(temporary, inputs, scenes, scores, galleries)
        write_png(temporary / "bank.png", bank_sheet(bank, bank.categories, config.num_bank_segments))
        _draw_evaluation_charts(temporary, inputs.plots / "evaluation")
        page = page_template("report.html.j2").render(
            facts={"dataset": dataset, "lines": _facts(scenes, bank)},
            categories=[(c.name, "#{:02x}{:02x}{:02x}".format(*c.colour)) for c in scenes.classes.categories],
            tables=read_tables(inputs.figures, inputs.foreign_rivals()),
            rivals=[row_title(row) for row in sorted(inputs.rivals)],
            curves=_draw_training_curves(temporary, inputs),
            spectra=_copy_spectra(temporary, inputs.evaluation / "mean_spectrum"),
            **{name: [rows[scene_id] for scene_id in ids] for name, ids in galleries.items()},
        )
        (temporary / "index.html").write_text(page, encoding="utf-8")


def read_scores(path: Path, scene_ids: Sequence[str]) -> Scores:
    """Read the scores that the report shows from per_image.csv, by scene id.

    Raises:
        SimsError: The file is missing or damaged, or is of other scenes than `scene_ids`.
    """
    table = read_csv(path, "evaluate")
    names = table.texts("scene_id")
    if sorted(names) != sorted(scene_ids):
        foreign = sorted({*names} ^ {*scene_ids}) or sorted(name for name in scene_ids if names.count(name) > 1)
        raise table.fault("is of other scenes than data/scenes", shown(foreign))
    columns = {column: table.numbers(column) for column in _SCORES}
    return {name: {column: numbers[row] for column, numbers in columns.items()} for row, name in enumerate(names)}


def rank_by_score(scores: Scores) -> list[str]:
    """Return the scene ids with a score, best first (equal scores by id)."""
    scored = [scene_id for scene_id, row in scores.items() if not isnan(row["mean_iou_synthesized"])]
    return sorted(scored, key=lambda scene_id: (-scores[scene_id]["mean_iou_synthesized"], scene_id))


def read_tables(folder: Path, foreign_rivals: Collection[str]) -> list[ExplainedFile]:
    """Return the tables of each JSON file of metrics/figures: the known files in their order, then others by name.

    Args:
        folder: With the files.
        foreign_rivals: Whose trainings are left out.
    """
    foreign = {TRAININGS[name].name for name in foreign_rivals}
    names = sorted({path.stem for path in folder.glob("*.json") if not path.stem.endswith(INTERVALS)} - foreign)
    known = [file for file in FILES if file.name in names]
    others = [MetricsFile(name, "any") for name in names if name not in {file.name for file in known}]
    return [
        explain(
            file,
            read_figures(folder / f"{file.name}.json", file.made_by),
            read_any_figures(folder / f"{file.name}{INTERVALS}.json", file.made_by),
        )
        for file in [*known, *others]
    ]


def read_curves(folder: Path) -> dict[str, dict[str, Curve]]:
    """Read the losses that a training logged at one resolution, in dvclive's layout.

    Args:
        folder: With the files `plots/metrics/<series>/<term>.tsv`; may hold none.

    Returns:
        Curves by term, the whole loss first, then by series (train, val).
    """
    curves: dict[str, dict[str, Curve]] = defaultdict(dict)
    logged = folder / "plots" / "metrics"
    for path in sorted(logged.rglob("*.tsv")):
        table = read_csv(path, f"train_{folder.name}", "\t")
        value = list(table.columns)[-1]
        steps, values = np.array(table.numbers("step")), np.array(table.numbers(value))
        series = path.parent.relative_to(logged).as_posix()
        curves[path.stem.replace("_", " ")][series] = (steps, values)
    return {term: curves[term] for term in sorted(curves, key=lambda term: (term != "loss", term))}


def _facts(scenes: SceneReader, bank: BankReader) -> list[tuple[str, str]]:
    height_px, width_px = scenes.frame()
    num_segments = sum(bank.manifest["num_segments"].values())
    return [
        ("resolution in pixels", f"{width_px} × {height_px}"),
        ("training photos", f"{len(scenes.ids('train')):,}"),
        ("segments in the memory bank", f"{num_segments:,}"),
        ("validation layouts", f"{len(scenes.ids('val')):,}"),
        ("categories", str(len(scenes.classes))),
    ]


def _write_scene_pictures(
    folder: Path, inputs: ReportInputs, scenes: SceneReader, scores: Scores, galleries: dict[str, list[str]]
) -> dict[str, SceneRow]:
    """Write the pictures of every scene of any gallery; return the rows by scene id."""
    canvases, images = CanvasReader(inputs.canvases), ImageReader(inputs.synthesized)
    rivals = {name: ImageReader(inputs.rivals[name]) for name in sorted(inputs.rivals)}
    shown = sorted({scene_id for ids in galleries.values() for scene_id in ids})
    rows = {}
    for number, scene_id in enumerate(shown):
        scene, canvas = scenes.load(scene_id), canvases.load(scene_id, _VARIANT)
        pictures = {
            "layout": scenes.classes.colourise(scene.labels),
            "canvas": canvas.canvas,
            "result": images.load(scene_id, _VARIANT),
            "provenance": provenance_picture(canvas.provenance, canvas.photo_ids),
            **{name: reader.load(scene_id, _VARIANT) for name, reader in rivals.items()},
            "real": scene.photo,
        }
        # Numbered, because an id may hold characters that a file name must not.
        paths = {kind: f"scenes/{number:04d}_{kind}.png" for kind in pictures}
        for kind, picture in pictures.items():
            write_png(folder / paths[kind], picture)
        credit, score = credits_of(canvas), scores[scene_id]
        rows[scene_id] = SceneRow(
            scene_id=scene_id,
            pictures=paths,
            mean_iou=_short(score["mean_iou_synthesized"]),
            mean_iou_real=_short(score["mean_iou_real"]),
            pixel_accuracy=_short(score["pixel_accuracy_synthesized"]),
            num_photos=len(credit["photos"]),
            invented=f"{credit['share_invented']:.0%}",
            sources=", ".join(f"{entry['photo']} ({entry['share_of_pixels']:.0%})" for entry in credit["photos"][:3]),
        )
    return rows


def _short(score: float) -> str:
    return "none" if isnan(score) else f"{score:.3f}"


def _draw_evaluation_charts(folder: Path, plots: Path) -> None:
    spectrum = read_csv(plots / "spectrum.csv", "evaluate")
    profiles = {name: spectrum.numbers(name) for name in spectrum.columns if name not in _RINGS}
    frequency = np.array(spectrum.numbers("cycles_per_pixel"))
    draw_spectrum(folder / "spectrum.png", frequency, row_series(profiles))
    ious = read_csv(plots / "per_category_iou.csv", "evaluate")
    rows = {name: ious.numbers(name) for name in ious.columns if name != "category"}
    draw_categories(folder / "categories.png", ious.texts("category"), row_series(rows))


def _copy_spectra(folder: Path, spectra: Path) -> list[tuple[str, str]]:
    """Copy the 2-D spectra into the report; return (row for readers, file name) in the rows' order."""
    (folder / spectra.name).mkdir()
    copied = []
    for row in ordered_rows([{path.stem: path for path in sorted(spectra.glob("*.png"))}]):
        name = f"{spectra.name}/{row}.png"
        shutil.copy(spectra / f"{row}.png", folder / name)
        copied.append((row_title(row), name))
    return copied


def _draw_training_curves(folder: Path, inputs: ReportInputs) -> list[tuple[str, str]]:
    """Draw one picture per network and resolution with curves; return (heading, file name), networks by name."""
    drawn, plots = [], inputs.plots
    networks = {path.name for path in plots.iterdir() if path.is_dir()} - {"evaluation"} - inputs.foreign_rivals()
    for network in sorted(networks):
        finer = sorted((path.name for path in (plots / network).iterdir() if path.name.isdecimal()), key=int)
        phases = [(network, plots / network)]
        phases += [(f"{network}, {height} px high", plots / network / height) for height in finer]
        for heading, phase in phases:
            curves = read_curves(phase)
            if curves:
                name = "_".join(["curves", *phase.relative_to(plots).parts]) + ".png"
                draw_curves(folder / name, curves)
                drawn.append((heading, name))
    return drawn
