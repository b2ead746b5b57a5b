import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import read_photo
from sims_core.drawing.charts import draw_categories, draw_spectrum
from sims_core.evaluation.row_series import row_series
from sims_core.evaluation.rows import described_rows
from sims_core.report.explanations import ExplainedFigure, explain
from sims_core.report.metrics_files import RETRIEVAL, TRAININGS
from sims_core.report.page import ReportInputs, rank_by_score, read_curves, write_report
from sims_core.report.picture_figures import SYNTHESIS
from sims_core.report.reading import Figures
from sims_core.report.settings import ReportConfig
from tests.support.small_project import ROWS, TRAIN_IDS, VAL_IDS, write_data, write_results

CONFIG = ReportConfig(num_typical=3, num_extremes=1, num_bank_segments=2)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    write_results(root)
    return root


def inputs(root):
    data = root / "data"
    return ReportInputs(
        data / "scenes",
        data / "bank",
        data / "canvases",
        data / "synthesized",
        {},
        data / "evaluation",
        data / "plots",
        root / "metrics/figures",
    )


@pytest.fixture(scope="module")
def page(project):
    write_report(project / "data/report", inputs(project), CONFIG)
    return (project / "data/report/index.html").read_text(encoding="utf-8")


def section(page, start, stop):
    return page[page.index(f'id="{start}"') : page.index(f'id="{stop}"')]


def test_galleries_hold_the_first_by_name_and_the_best_and_worst_by_score(page):
    captions = re.compile(r"<figcaption><b>(.*?)</b>")
    assert captions.findall(section(page, "typical", "best")) == VAL_IDS[:3]
    assert captions.findall(section(page, "best", "metrics")) == ["val-b", "val-c"]


def test_every_picture_of_the_page_lies_in_its_folder_and_nothing_else_does(page, project):
    folder = project / "data/report"
    named = set(re.findall(r'src="(.*?)"', page))
    assert "http" not in page
    assert named == {p.relative_to(folder).as_posix() for p in folder.rglob("*.png")}
    assert {p.suffix for p in folder.rglob("*") if p.is_file()} == {".png", ".html", ".json"}


def test_pictures_are_shown_in_the_order_of_the_columns(page, project):
    first = re.findall(r'src="(scenes/.*?)"', page)[:5]
    assert [Path(name).stem.split("_")[1] for name in first] == ["layout", "canvas", "result", "provenance", "real"]
    provenance = read_photo(project / "data/report" / first[3])
    assert tuple(provenance[-1, 0]) == (0, 0, 0)
    assert len(np.unique(provenance.reshape(-1, 3), axis=0)) >= 3


def test_the_page_says_the_facts_the_figures_and_the_credits(page):
    assert "a &lt;dataset&gt;" in page
    assert "48 × 32" in page
    assert "0.61<small>[0.5, 0.7]</small>" in page
    assert "intervals" not in re.findall(r"<h3>(.*?)</h3>", page)
    assert "num images" in page  # the protocol
    assert '<th class="value">synthesised</th>' in page
    assert f"{TRAIN_IDS[0]} (41%)" in page  # the sky: 14 x 48 pixels less 2 x 20 of the car


def test_the_same_artifacts_give_the_same_bytes(page, project, tmp_path):
    again = tmp_path / "report"
    write_report(again, inputs(project), CONFIG)
    for path in sorted((project / "data/report").rglob("*.*")):
        assert (again / path.relative_to(project / "data/report")).read_bytes() == path.read_bytes(), path


@pytest.mark.parametrize(
    ("missing", "stage"),
    [
        ("data/evaluation/per_image.csv", "evaluate"),
        ("data/plots/evaluation/spectrum.csv", "evaluate"),
        ("data/evaluation/mean_spectrum", "evaluate"),
        ("data/bank/manifest.json", "extract_bank"),
        ("data/synthesized/images-00000.parquet", "synthesize"),
    ],
)
def test_a_missing_artifact_names_its_stage_and_leaves_the_old_report(page, project, tmp_path, missing, stage):
    root = tmp_path / "copy"
    shutil.copytree(project, root)
    if (root / missing).is_dir():
        shutil.rmtree(root / missing)
    else:
        (root / missing).unlink()
    with pytest.raises(SimsError, match=f"run stage '{stage}' first"):
        write_report(root / "data/report", inputs(root), CONFIG)
    assert (root / "data/report/index.html").read_text(encoding="utf-8") == page


def test_spectra_stand_side_by_side_in_the_order_of_the_rows(page, project):
    pictures = re.findall(r'src="(mean_spectrum/.*?)"', page)
    assert pictures == [f"mean_spectrum/{row}.png" for row in ROWS]
    assert read_photo(project / "data/report" / pictures[0]).any()


def test_scenes_without_a_score_are_not_ranked():
    scores = {name: {"mean_iou_synthesized": value} for name, value in (("a", 0.1), ("b", math.nan), ("c", 0.4))}
    assert rank_by_score(scores) == ["c", "a"]


def test_curves_are_grouped_by_term(project):
    curves = read_curves(project / "data/plots/synthesis")
    assert list(curves) == ["loss", "pixel"]  # no speed
    assert list(curves["loss"]) == list(curves["pixel"]) == ["train", "val"]
    np.testing.assert_allclose(curves["loss"]["train"][1][:2], [1, 0.5])
    assert len(curves["loss"]["train"][0]) == 30  # those of the finer resolution lie apart
    assert len(read_curves(project / "data/plots/synthesis/64")["loss"]["val"][0]) == 6
    assert read_curves(project / "data/plots/perceptual") == {}


def test_every_resolution_has_its_curves_and_an_empty_folder_none(page):
    training = section(page, "curves", "bank")
    assert re.findall(r"<h3>(.*?)</h3>", training) == ["synthesis", "synthesis, 64 px high"]
    assert re.findall(r'src="(.*?)"', training) == ["curves_synthesis.png", "curves_synthesis_64.png"]


def explained(file, content):
    return explain(file, Figures(Path("figures.json"), "evaluate", content))


def test_figures_are_explained_once_and_unknown_ones_are_kept():
    content = {"mean_iou": {"real": 0.81234, "synthesized": 0.5}, "novel": 3, "protocol": {"filter": "none"}}
    table = explained(SYNTHESIS, content)
    (compared,) = table.comparison.figures
    assert (compared.name, compared.values) == ("mean_iou", ["0.8123", "0.5"])
    assert "segmentation network" in compared.meaning
    assert [title for title, _ in table.comparison.rows] == ["real photographs", "synthesised"]
    assert table.figures == [ExplainedFigure("novel", "3", "")]
    assert table.protocol == [("filter", "none")]


def test_a_row_that_lacks_a_figure_has_an_empty_cell_and_every_row_is_explained():
    figures = {"mean_iou": dict.fromkeys(ROWS, 0.5), "spectrum_distance": {"canvas": 0.25}}
    comparison = explained(SYNTHESIS, figures).comparison
    assert [figure.values for figure in comparison.figures] == [["0.5"] * 5, ["", "", "0.25", "", ""]]
    assert all(title and meaning for title, meaning in comparison.rows)
    assert explained(RETRIEVAL, {"num_components": 3}).comparison.figures == []


def test_consecutive_figures_of_one_meaning_are_explained_once():
    losses = {"final_losses": {"pixel": 2.0, "loss": 3.0}, "validation_losses": {"loss": 4.0}}
    meanings = [figure.meaning for figure in explained(TRAININGS["synthesis"], losses).figures]
    assert meanings[0].startswith("Losses on the training examples")
    assert meanings[1] == ""
    assert "held out" in meanings[2]


def test_five_rows_stay_apart_in_the_charts(tmp_path):
    shares = {row: [0.1 * (index + 1), 0.9 - 0.1 * index] for index, row in enumerate(ROWS)}
    draw_categories(tmp_path / "categories.png", ["road", "sky"], row_series(shares))
    draw_spectrum(tmp_path / "spectrum.png", np.array([0.1, 0.5]), row_series(shares))
    for name in ("categories", "spectrum"):
        picture = read_photo(tmp_path / f"{name}.png").reshape(-1, 3)
        for row in described_rows(ROWS):
            colour = tuple(int(row.colour[index : index + 2], 16) for index in (1, 3, 5))
            assert (picture == colour).all(axis=1).sum() > 30, (name, row)
