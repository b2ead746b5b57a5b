"""The whole pipeline on the tiny preset: what a user gets, and what stays the same."""

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np

from sims_core.base.files import read_json
from sims_core.composition.credits import credits_of
from sims_core.formats.bank import BankReader
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.matches import read_matches
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import read_images
from sims_core.networks.trained.synthesis import SynthesisPredictor
from sims_core.report.reading import flatten
from stages import evaluate, report
from tests.support.project import digests, link_data, run_stages


def test_every_canvas_became_the_picture_that_the_network_makes_of_it(finished_project):
    data = finished_project / "data"
    scenes, canvases = SceneReader(data / "scenes"), CanvasReader(data / "canvases")
    images = read_images(data / "synthesized")
    assert set(images) == set(canvases)
    assert {scene_id for scene_id, _ in images} == set(scenes.ids("val"))
    predictor = SynthesisPredictor(data / "models/synthesis")
    for (scene_id, variant), image in images.items():
        scene, canvas = scenes.load(scene_id), canvases.load(scene_id, variant)
        assert image.shape == scene.photo.shape
        assert np.array_equal(image, predictor.synthesize(canvas.canvas, canvas.known, scene.labels))
    # Each of its own canvas.
    assert len({image.tobytes() for image in images.values()}) == len(images)


def test_provenance_covers_known_pixels_and_names_training_photos(finished_project):
    scenes = SceneReader(finished_project / "data/scenes")
    canvases = CanvasReader(finished_project / "data/canvases")
    training = set(scenes.ids("train"))
    known_pixels = 0
    for scene_id, variant in canvases:
        canvas = canvases.load(scene_id, variant)
        assert np.array_equal(canvas.provenance > 0, canvas.known)
        assert canvas.provenance.max() <= len(canvas.segment_ids)
        assert set(canvas.photo_ids) <= training
        known_pixels += canvas.known.sum()
    assert known_pixels > 0


def test_layouts_are_untouched_and_the_implied_layout_stands_beside(finished_project):
    scenes = SceneReader(finished_project / "data/scenes")
    canvases = CanvasReader(finished_project / "data/canvases")
    bank = BankReader(finished_project / "data/bank")
    for scene_id, variant in canvases:
        canvas = canvases.load(scene_id, variant)
        assert canvas.implied_layout.shape == scenes.load(scene_id).labels.shape
        assert set(np.unique(canvas.implied_layout)) <= {*range(len(scenes.classes)), 255}
        for segment_id, photo_id in zip(canvas.segment_ids, canvas.photo_ids, strict=True):
            assert segment_id.startswith(f"{photo_id}:")
            assert photo_id in bank.manifest["photos"]


def test_the_banks_figures_are_those_of_its_files(finished_project):
    figures = read_json(finished_project / "metrics/figures/extract_bank.json", "extract_bank")
    files = [path for path in (finished_project / "data/bank").rglob("*") if path.is_file()]
    assert figures["num_bytes"] == sum(len(path.read_bytes()) for path in files)
    scenes = SceneReader(finished_project / "data/scenes")
    assert figures["num_photos"] + figures["num_skipped_photos"] == len(scenes.ids("train"))


def test_metrics_are_finite_numbers_with_a_protocol(finished_project):
    files = sorted((finished_project / "metrics").rglob("*.json"))
    assert {"transform", "ordering", "retrieval", "synthesis"} <= {path.stem for path in files}
    for path in files:
        not_finite = []
        json.loads(path.read_text(), parse_constant=not_finite.append)
        assert not_finite == [], path.name
    assert "protocol" in read_json(finished_project / "metrics/figures/synthesis.json", "evaluate")


def test_headline_figures_are_few_numbers_that_the_full_figures_have(finished_project):
    """What `dvc metrics diff` prints at most: a row per number of all headline files together."""
    files = {path.stem: read_json(path, "evaluate") for path in (finished_project / "metrics").glob("*.json")}
    headlines = {(file, name): value for file, content in files.items() for name, value in content.items()}
    assert 20 <= len(headlines) <= 28
    full = [json.loads(path.read_text()) for path in (finished_project / "metrics/figures").glob("*.json")]
    known = {value for content in full for _, value in flatten(content) if isinstance(value, int | float)}
    assert set(headlines.values()) <= known
    trainings = {name for (file, name) in headlines if file.startswith("train_")}
    assert trainings == {"validation_loss"}
    assert not any(word in name for _, name in headlines for word in ("second", "protocol"))


def test_rivals_are_what_the_parameters_name_and_change_no_other_row(finished_project, tmp_path, monkeypatch):
    """A folder that they do not name, such as a killed run may leave, is not looked at."""
    monkeypatch.chdir(finished_project)
    shutil.copytree("data/synthesized", tmp_path / "baselines/pix2pix")
    for name in (".crn.123.tmp", "crn"):
        (tmp_path / "baselines" / name).mkdir()
    text = (finished_project / "params.yaml").read_text()
    (tmp_path / "params").write_text(text.replace("rivals: [crn, pix2pix, spade]", "rivals: [pix2pix]"))
    evaluate.main(**{name: tmp_path / name for name in ("baselines", "out", "plots", "metrics", "params")})
    without = read_json(finished_project / "metrics/figures/synthesis.json", "evaluate")["mean_iou"]
    found = read_json(tmp_path / "metrics/figures/synthesis.json", "evaluate")["mean_iou"]
    assert {"crn", "spade"} <= without.keys()
    kept = {row: value for row, value in without.items() if row not in ("crn", "spade")}
    assert found == kept | {"pix2pix": found["synthesized"]}
    differences = read_json(tmp_path / "metrics/figures/synthesis_intervals.json", "evaluate")["differences"][
        "mean_iou"
    ]
    assert differences["synthesized_minus_pix2pix"] == {"value": 0, "low": 0, "high": 0}


def test_report_shows_every_gallery_picture(finished_project):
    report = finished_project / "data/report"
    html = (report / "index.html").read_text()
    pictures = [path for path in report.rglob("*.png")]
    assert pictures
    assert all(path.relative_to(report).as_posix() in html for path in pictures)
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html


def test_report_shows_no_training_of_a_rival_that_the_parameters_do_not_name(finished_project, tmp_path, monkeypatch):
    """What another preset left of it is of another run."""
    monkeypatch.chdir(finished_project)
    text = Path("params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(text.replace("rivals: [crn, pix2pix, spade]", "rivals: [crn, spade]"))
    report.main(out=tmp_path / "report", params=tmp_path / "params.yaml")
    html = (tmp_path / "report/index.html").read_text()
    for rival, is_shown in (("crn", True), ("pix2pix", False), ("spade", True)):
        assert (f"train_{rival}" in html) == is_shown
        assert (tmp_path / f"report/curves_{rival}.png").exists() == is_shown


def test_same_inputs_give_the_same_bytes(finished_project, tmp_path, monkeypatch):
    """Everything but the trainings again, in one worker instead of two."""
    monkeypatch.setenv("SIMS_WORKERS", "1")
    (tmp_path / "params.yaml").write_bytes((finished_project / "params.yaml").read_bytes())
    run_stages(tmp_path, ["prepare", "extract_bank"])
    link_data(finished_project, tmp_path, "models")
    run_stages(tmp_path, ["estimate_depth", "simulate", "retrieve", "compose", "synthesize"])
    for name in ("scenes", "bank", "depth", "simulated", "matches", "canvases", "synthesized"):
        assert digests(tmp_path / "data" / name) == digests(finished_project / "data" / name), name


def test_a_banned_photo_is_in_no_picture_and_nothing_is_trained(finished_project, tmp_path):
    """The ban list takes effect in stage retrieve; what the trainings made is only read."""

    def canvases(project):
        reader = CanvasReader(project / "data/canvases")
        return {key: reader.load(*key) for key in reader}

    before = canvases(finished_project)
    photo = Counter(name for canvas in before.values() for name in canvas.photo_ids).most_common(1)[0][0]
    params = (finished_project / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(params.replace("banned: []", f"banned: [{photo}]"))
    link_data(finished_project, tmp_path, "scenes", "bank", "models")
    run_stages(tmp_path, ["retrieve", "compose", "synthesize"])
    after = canvases(tmp_path)
    assert after.keys() == before.keys()
    assert photo in {entry["photo"] for canvas in before.values() for entry in credits_of(canvas)["photos"]}
    for canvas in after.values():
        assert not any(name.startswith(f"{photo}:") for name in canvas.segment_ids)
        assert photo not in {entry["photo"] for entry in credits_of(canvas)["photos"]}
    old, new = (read_matches(project / "data/matches") for project in (finished_project, tmp_path))
    for scene_id, components in new.items():
        for match, match_before in zip(components, old[scene_id], strict=True):
            left = [name for name in match_before.segment_ids if not name.startswith(f"{photo}:")]
            assert match.segment_ids[: len(left)] == left
    said = read_json(tmp_path / "metrics/figures/retrieve.json", "retrieve")
    photos = BankReader(finished_project / "data/bank").manifest["photos"]
    assert said == {
        "num_segments": sum(photos.values()) - photos[photo],
        "num_banned_segments": photos[photo],
        "banned": [photo],
    }
