import csv
import shutil
from collections import Counter

import numpy as np
import pytest
from typer.testing import CliRunner

from sims_core.base.errors import SimsError
from sims_core.base.files import read_json, write_json
from sims_core.base.pictures import write_png
from sims_core.base.read_pictures import read_photo
from sims_core.cli.app import commands
from sims_core.datasets.adapters.camvid import CLASSES as CAMVID
from sims_core.formats.bank import photo_of
from sims_core.formats.scenes import SceneReader
from sims_core.layouts.files import read_labels
from sims_core.layouts.translation import map_categories
from sims_core.scenes.classes import VOID
from sims_core.synthesis.control import Control
from sims_core.synthesis.synthesizer import Synthesizer
from tests.support.artifacts import sign_all


@pytest.fixture(scope="module")
def synthesizer(finished_project):
    return Synthesizer(finished_project)


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


def test_each_pixel_names_the_segment_that_it_came_from(result):
    assert result.sources == ("", *result.canvas.segment_ids)
    named = np.array(result.sources)[result.provenance]
    assert np.array_equal(named == "", ~result.canvas.known)
    for entry in result.credits["photos"]:
        shown = np.isin(named, entry["segments"])
        assert {photo_of(name) for name in named[shown]} == {entry["photo"]}
        assert shown.mean() == entry["share_of_pixels"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((64, 127), dtype=np.uint8), r"layout: is no layout of this project, .* found shape \(64, 127\)"),
        (np.zeros((64, 128, 3), dtype=np.uint8), r"expected an array of shape \(64, 128\) and type uint8"),
        (np.zeros((64, 128), dtype=np.int64), "found shape .* and type int64"),
        (
            np.full((64, 128), 19, dtype=np.uint8),
            "holds a value that is no category, expected 0 to 18, or 255 for void",
        ),
    ],
)
def test_an_array_of_another_form_is_refused(synthesizer, labels, message):
    for take in (synthesizer.check, synthesizer.retrieve, synthesizer.synthesize):
        with pytest.raises(SimsError, match=message):
            take(labels)


def test_no_photo_is_kept_from_a_painted_layout_not_even_its_own(scene, result):
    assert scene.scene_id in result.canvas.photo_ids


def test_same_layout_gives_the_same_picture(finished_project, synthesizer, scene, result):
    before = scene.labels.copy()
    again = Synthesizer(str(finished_project), finished_project / "params.yaml")
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
    sign_all(project / "data")
    with pytest.raises(SimsError, match=rf"painted\.png.*'{unseen}' is unknown to the bank"):
        Synthesizer(project).synthesize(scene.labels, "painted.png")


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
    assert read_json(tmp_path / "street.credits.json", "") == result.credits
    invented = (read_photo(tmp_path / "street.provenance.png") == 0).all(axis=-1)
    assert np.array_equal(invented, ~result.canvas.known)


def test_command_resizes_a_larger_layout(finished_project, scene, result, tmp_path):
    write_png(tmp_path / "large.png", scene.labels.repeat(2, axis=0).repeat(2, axis=1))
    arguments = [str(tmp_path / "large.png"), "-o", str(tmp_path / "out.png"), "--project", str(finished_project)]
    done = CliRunner().invoke(commands, ["synthesize", *arguments])
    assert done.exit_code == 0, done.output
    assert "resized by nearest neighbour" in done.output
    assert np.array_equal(read_photo(tmp_path / "out.png"), result.photo)


NUM_VARIANTS = 3


@pytest.fixture(scope="module")
def retrieved(synthesizer, scene):
    return synthesizer.retrieve(scene.labels, "a layout")


@pytest.fixture(scope="module")
def variants(synthesizer, retrieved):
    return list(synthesizer.variants(retrieved, NUM_VARIANTS))


def on_top(result):
    """The segment that each component shows above all others."""
    return dict(zip(result.canvas.components, result.canvas.segment_ids, strict=True))


def shows(result, segment_id):
    """Whether any pixel comes from a segment."""
    numbers = [n for n, name in enumerate(result.canvas.segment_ids, start=1) if name == segment_id]
    return bool(np.isin(result.canvas.provenance, numbers).any()) if numbers else False


def most_used_photo(results):
    return Counter(photo for result in results for photo in result.canvas.photo_ids).most_common(1)[0][0]


def test_the_first_variant_is_the_best_and_none_depends_on_how_many_there_are(synthesizer, retrieved, variants, result):
    assert np.array_equal(variants[0].photo, result.photo)
    for again, before in zip(synthesizer.variants(retrieved, 2), variants, strict=False):
        assert np.array_equal(again.photo, before.photo)
        assert np.array_equal(again.canvas.provenance, before.canvas.provenance)
        assert again.canvas.segment_ids == before.canvas.segment_ids


def test_variants_show_other_photos_wherever_there_are_some(retrieved, variants):
    tops = [on_top(variant) for variant in variants]
    changeable = 0
    for match in retrieved.matches:
        photos = {photo_of(segment_id) for segment_id in match.segment_ids}
        shown = {photo_of(top[match.component]) for top in tops if match.component in top}
        assert len(shown) == min(NUM_VARIANTS, len(photos))
        changeable += len(photos) > 1
    assert changeable > 3


def test_a_pinned_segment_is_on_top_in_every_variant_and_nothing_else_changes(synthesizer, scene, retrieved, variants):
    match = max(retrieved.matches, key=lambda match: (len(match.segment_ids), match.area_px))
    pin = match.segment_ids[-1]
    assert pin not in {on_top(variant)[match.component] for variant in variants}
    held = synthesizer.retrieve(scene.labels, "a layout", Control(pins={match.component: pin}))
    for variant, before in zip(synthesizer.variants(held, NUM_VARIANTS), variants, strict=True):
        assert on_top(variant) == on_top(before) | {match.component: pin}
        assert shows(variant, pin)


def test_a_segment_of_ones_own_choice_need_not_be_a_candidate(synthesizer, scene, retrieved):
    match = next(m for m in retrieved.matches if m.segment_ids and m.component in retrieved.large)
    category = synthesizer.classes.names[match.category]
    ids = synthesizer.bank.table(category).column("segment_id")
    held_back = Control(banned=frozenset(match.segment_ids[1:]))  # no candidate is left but the best
    pin = next(name for name in ids if name not in match.segment_ids)
    control = Control({match.component: pin}, held_back.banned)
    assert on_top(synthesizer.synthesize(scene.labels, "a layout", control))[match.component] == pin


def test_a_banned_photo_is_in_no_variant_not_even_beneath(synthesizer, scene, retrieved, variants):
    photo = most_used_photo(variants)
    segment = next(name for name in variants[0].canvas.segment_ids if photo_of(name) != photo)
    held = synthesizer.retrieve(scene.labels, "a layout", Control(banned=frozenset({photo, segment})))
    for match, before in zip(held.matches, retrieved.matches, strict=True):
        assert {photo, segment}.isdisjoint({*match.segment_ids, *map(photo_of, match.segment_ids)})
        left = [name for name in before.segment_ids if photo_of(name) != photo and name != segment]
        assert match.segment_ids[: len(left)] == left
    for variant in synthesizer.variants(held, NUM_VARIANTS):
        assert photo not in variant.canvas.photo_ids
        assert segment not in variant.canvas.segment_ids
        assert variant.credits["banned"] == sorted([photo, segment])


def test_parameters_ban_as_the_command_does(finished_project, synthesizer, scene, variants, tmp_path):
    photo = most_used_photo(variants)
    params = tmp_path / "params.yaml"
    text = (finished_project / "params.yaml").read_text()
    params.write_text(text.replace("banned: []", f"banned: [{photo}]"))
    by_params = Synthesizer(finished_project, params).synthesize(scene.labels, "a layout")
    by_hand = synthesizer.synthesize(scene.labels, "a layout", Control(banned=frozenset({photo})))
    assert np.array_equal(by_params.photo, by_hand.photo)
    assert by_params.banned == by_hand.banned == {photo}
    params.write_text(text.replace("banned: []", f"banned: [{photo}x]"))
    with pytest.raises(SimsError, match=rf"params.yaml: retrieve.banned: '{photo}x' is neither.*mean '{photo}'"):
        Synthesizer(finished_project, params)


def test_a_layout_of_which_everything_is_banned_is_refused(synthesizer, scene):
    name = synthesizer.classes.names[scene.labels[0, 0]]
    banned = frozenset(synthesizer.bank.table(name).column("segment_id"))
    with pytest.raises(SimsError, match=f"a layout: shows category '{name}', of which every segment .* is banned"):
        synthesizer.synthesize(scene.labels, "a layout", Control(banned=banned))


def test_command_writes_variants_and_what_is_needed_to_decide_otherwise(finished_project, scene, retrieved, tmp_path):
    write_png(tmp_path / "layout.png", scene.labels)
    match = max(retrieved.matches, key=lambda match: (len(match.segment_ids), match.area_px))
    pin, ban = match.segment_ids[-1], match.segment_ids[0]
    arguments = [tmp_path / "layout.png", "-o", tmp_path / "out.png", "--project", finished_project, "--variants", 2]
    arguments += ["--candidates"]
    other = min(retrieved.large - {match.component})
    arguments += ["--pin", f"{match.component}={pin}", "--ban", ban, "--in-front", f"{match.component}={other}"]
    done = CliRunner().invoke(commands, ["synthesize", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    pictures = ("out", "out.variant1", "out.provenance", "out.components", "out.variants", "out.candidates")
    tables = ("out.credits.json", "out.variant1.credits.json", "out.components.csv")
    written = {path.name for path in tmp_path.iterdir()} - {"layout.png"}
    assert written == {*(f"{name}.png" for name in pictures), *tables}
    for name in ("out", "out.variant1"):
        credit = read_json(tmp_path / f"{name}.credits.json", "")
        assert credit["banned"] == [ban]
        shown = {segment for photo in credit["photos"] for segment in photo["segments"]}
        assert pin in shown
        assert ban not in shown
    assert not np.array_equal(read_photo(tmp_path / "out.png"), read_photo(tmp_path / "out.variant1.png"))
    with (tmp_path / "out.components.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {int(row["component"]) for row in rows} == set(range(len(retrieved.matches)))
    own = [row for row in rows if int(row["component"]) == match.component]
    assert [row["segment"] for row in own if row["on_top_in_variants"] == "0 1"] == [pin]
    assert float(next(row["score"] for row in own if row["rank"] == "1")) == pytest.approx(match.scores[1])


@pytest.fixture(scope="module")
def camvid_layouts(finished_project, tmp_path_factory):
    """Two layouts in CamVid's ids and what they mean to the project."""
    folder = tmp_path_factory.mktemp("camvid")
    reader = SceneReader(finished_project / "data/scenes")
    back, there = map_categories(reader.classes, CAMVID, {}), map_categories(CAMVID, reader.classes, {})
    expected = {}
    for scene_id in reader.ids("train")[:2]:
        painted = back.translate(reader.load(scene_id).labels)
        write_png(folder / f"{scene_id}.png", np.where(painted == VOID, 11, painted).astype(np.uint8))
        expected[f"{scene_id}.png"] = there.translate(painted)
    return folder, expected


def test_a_folder_of_another_datasets_layouts_becomes_photographs(
    finished_project, synthesizer, camvid_layouts, tmp_path
):
    folder, expected = camvid_layouts
    out, translated, project = tmp_path / "streets", tmp_path / "layouts", str(finished_project)
    arguments = [str(folder), "-o", str(out), "--layout-classes", "camvid", "--project", project]
    done = CliRunner().invoke(commands, ["synthesize", *arguments])
    assert done.exit_code == 0, done.output
    assert "tree -> vegetation" in done.output
    assert "streets: 2 photographs" in done.output
    assert {path.name for path in out.iterdir()} == {*expected, "sources"}
    for name, labels in expected.items():
        alone = synthesizer.synthesize(labels, name)
        assert np.array_equal(read_photo(out / name), alone.photo)
        credit = read_json((out / "sources" / name).with_suffix(".credits.json"), "")
        assert credit == alone.credits
        assert (out / "sources" / name).with_suffix(".provenance.png").is_file()
    arguments = [str(folder), "--from", "camvid", "-o", str(translated), "--project", project]
    done = CliRunner().invoke(commands, ["layout", "translate", *arguments])
    assert done.exit_code == 0, done.output
    for name, labels in expected.items():
        assert np.array_equal(read_labels(translated / name, synthesizer.classes), labels)


def test_one_wrong_layout_of_a_folder_is_named_before_anything_is_made(finished_project, camvid_layouts, tmp_path):
    folder, _ = camvid_layouts
    layouts = shutil.copytree(folder, tmp_path / "layouts")
    write_png(layouts / "zzz.png", np.full((8, 16), 12, dtype=np.uint8))
    arguments = [str(layouts), "-o", str(tmp_path / "out"), "--layout-classes", "camvid"]
    done = CliRunner().invoke(commands, ["synthesize", *arguments, "--project", str(finished_project)])
    assert isinstance(done.exception, SimsError)
    assert "zzz.png: unknown label value 12" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_pins_are_for_one_layout(finished_project, camvid_layouts, tmp_path):
    arguments = [str(camvid_layouts[0]), "-o", str(tmp_path / "out"), "--pin", "3=photo:0001"]
    done = CliRunner().invoke(commands, ["synthesize", *arguments, "--project", str(finished_project)])
    assert "--pin and --in-front name components of one layout" in str(done.exception)
