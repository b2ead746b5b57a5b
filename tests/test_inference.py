import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from sims_core.cli import commands
from sims_core.credits import credits_of
from sims_core.errors import SimsError
from sims_core.files import read_json, write_json
from sims_core.formats.scenes import SceneReader
from sims_core.images import read_photo, write_png
from sims_core.inference import Synthesizer


@pytest.fixture(scope="module")
def synthesizer(finished_project):
    return Synthesizer(finished_project, finished_project / "params.yaml")


@pytest.fixture(scope="module")
def scene(finished_project):
    """A training photo: the bank holds all of its categories."""
    reader = SceneReader(finished_project / "data/scenes")
    return reader.load(reader.ids("train")[0])


@pytest.fixture(scope="module")
def result(synthesizer, scene):
    return synthesizer.synthesize(scene.labels, "a layout")


def test_a_layout_becomes_a_photograph_with_its_sources(synthesizer, scene, result):
    assert result.photo.shape == (*synthesizer.frame, 3) == scene.photo.shape
    assert result.photo.dtype == np.uint8
    assert np.array_equal(result.canvas.provenance > 0, result.canvas.known)
    assert result.canvas.known.any()


def test_no_photo_is_kept_from_a_painted_layout_not_even_its_own(scene, result):
    assert scene.scene_id in result.canvas.photo_ids


def test_same_layout_gives_the_same_picture(finished_project, synthesizer, scene, result):
    before = scene.labels.copy()
    again = Synthesizer(finished_project, finished_project / "params.yaml")
    for other in (synthesizer, again):
        repeated = other.synthesize(scene.labels, "another name")
        assert np.array_equal(repeated.photo, result.photo)
        assert np.array_equal(repeated.canvas.canvas, result.canvas.canvas)
    assert np.array_equal(scene.labels, before)


def test_category_that_no_photo_shows_is_refused(finished_project, synthesizer, scene, tmp_path):
    unseen = synthesizer.classes.names[scene.labels[0, 0]]
    project = shutil.copytree(finished_project, tmp_path / "project")
    manifest = read_json(project / "data/bank/manifest.json", "extract_bank")
    del manifest["num_segments"][unseen]
    write_json(project / "data/bank/manifest.json", manifest)
    with pytest.raises(SimsError, match=rf"painted\.png.*'{unseen}' is unknown to the bank"):
        Synthesizer(project, project / "params.yaml").synthesize(scene.labels, "painted.png")


def test_project_that_has_not_run_is_refused(finished_project, tmp_path):
    with pytest.raises(SimsError, match="run stage 'prepare' first"):
        Synthesizer(tmp_path, finished_project / "params.yaml")


def test_command_writes_the_photograph_its_provenance_and_its_credits(finished_project, scene, result, tmp_path):
    layout, out = tmp_path / "layout.png", tmp_path / "street.png"
    write_png(layout, scene.labels)
    done = CliRunner().invoke(commands, ["synthesize", str(layout), "-o", str(out), "--project", str(finished_project)])
    assert done.exit_code == 0, done.output
    assert "street.credits.json" in done.output
    assert np.array_equal(read_photo(out), result.photo)
    assert read_json(tmp_path / "street.credits.json", "") == credits_of(result.canvas)
    invented = (read_photo(tmp_path / "street.provenance.png") == 0).all(axis=-1)
    assert np.array_equal(invented, ~result.canvas.known)


def test_command_resizes_a_larger_layout(finished_project, scene, result, tmp_path):
    write_png(tmp_path / "large.png", scene.labels.repeat(2, axis=0).repeat(2, axis=1))
    arguments = [str(tmp_path / "large.png"), "-o", str(tmp_path / "out.png"), "--project", str(finished_project)]
    done = CliRunner().invoke(commands, ["synthesize", *arguments])
    assert done.exit_code == 0, done.output
    assert "resized by nearest neighbour" in done.output
    assert np.array_equal(read_photo(tmp_path / "out.png"), result.photo)
