"""`sims dataset make` and `sims dataset render` on a finished project."""

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from sims_core.base.errors import SimsError
from sims_core.base.parallel import parallel_map
from sims_core.base.pictures import decode_png
from sims_core.cli.app import commands
from sims_core.datasets.load import open_files
from sims_core.datasets.settings import CityscapesSource
from sims_core.formats.bank import photo_of
from sims_core.formats.scenes import SceneReader
from sims_core.synthesis.synthesizer import Synthesizer
from sims_core.usefulness import make as make_module
from tests.support.project import digests


def run(*arguments):
    result = CliRunner().invoke(commands, ["dataset", *map(str, arguments)])
    if result.exception is not None:
        raise result.exception
    return result.stdout


def read(path):
    return np.asarray(Image.open(path))


@pytest.fixture(scope="module")
def made(finished_project, tmp_path_factory):
    """Two variants of each training layout."""
    folder = tmp_path_factory.mktemp("made") / "street pictures"
    said = run("make", "-o", folder, "--variants", 2, "--project", finished_project)
    assert "24 pictures of 12 layouts" in said
    return folder


@pytest.fixture(scope="module")
def reader(finished_project):
    return SceneReader(finished_project / "data/scenes")


@pytest.fixture(scope="module")
def names(reader):
    return [f"{scene_id}_v{variant}" for scene_id in reader.ids("train") for variant in range(2)]


def test_every_picture_has_its_files(made, names):
    for folder, ending in [
        *((name, "png") for name in ("images", "labels", "instances", "origins", "implied", "provenance")),
        ("credits", "json"),
        ("coco/panoptic", "png"),
    ]:
        assert {path.name for path in (made / folder).iterdir()} == {f"{name}.{ending}" for name in names}, folder


def test_pictures_are_those_of_the_library(made, reader, finished_project):
    synthesizer = Synthesizer(finished_project)
    scene = reader.load(reader.ids("train")[1])
    retrieved = synthesizer.retrieve_named(scene.scene_id, scene.labels, scene.instances)
    for variant, result in enumerate(synthesizer.variants(retrieved, 2)):
        name = f"{scene.scene_id}_v{variant}"
        assert np.array_equal(read(made / f"images/{name}.png"), result.photo)
        assert np.array_equal(read(made / f"labels/{name}.png"), scene.labels)
        assert np.array_equal(read(made / f"implied/{name}.png"), result.canvas.implied_layout)
        assert np.array_equal(read(made / f"provenance/{name}.png"), result.provenance)
        assert np.array_equal(read(made / f"origins/{name}.png"), result.canvas.known.astype(np.uint8))
        credits = json.loads((made / f"credits/{name}.json").read_text())
        assert credits == {**result.credits, "sources": list(result.sources)}


def test_no_training_layout_shows_its_own_photo(made, names):
    for name in names:
        sources = json.loads((made / f"credits/{name}.json").read_text())["sources"][1:]
        assert sources
        assert name.rsplit("_v", 1)[0] not in {photo_of(source) for source in sources}


def test_credits_of_the_dataset_are_the_sum_of_those_of_its_pictures(made, names):
    total = json.loads((made / "credits.json").read_text())
    parts = [json.loads((made / f"credits/{name}.json").read_text()) for name in names]
    assert (total["num_layouts"], total["num_pictures"]) == (12, 24)
    assert total["share_invented"] == pytest.approx(np.mean([part["share_invented"] for part in parts]))
    assert sum(total["licences"].values()) + total["share_invented"] == pytest.approx(1)
    for use in total["photos"]:
        shares = [c["share_of_pixels"] for part in parts for c in part["photos"] if c["photo"] == use["photo"]]
        assert use["num_pictures"] == len(shares)
        assert use["share_of_pixels"] == pytest.approx(sum(shares) / 24)
    with (made / "pictures.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["picture"] for row in rows] == names
    assert [float(row["share_invented"]) for row in rows] == pytest.approx([p["share_invented"] for p in parts])


def test_the_panoptic_form_says_what_the_folders_say(made, names):
    content = json.loads((made / "coco/panoptic.json").read_text())
    assert [image["file_name"] for image in content["images"]] == [f"{name}.png" for name in names]
    for annotation in content["annotations"]:
        wide = read(made / "coco/panoptic" / annotation["file_name"]).astype(np.int64)
        numbers = wide[..., 0] + 256 * wide[..., 1] + 65536 * wide[..., 2]
        labels = read(made / "labels" / annotation["file_name"])
        instances = read(made / "instances" / annotation["file_name"])
        shown, areas = np.unique(numbers[numbers > 0], return_counts=True)
        assert dict(zip(shown, areas, strict=True)) == {s["id"]: s["area"] for s in annotation["segments_info"]}
        for segment in annotation["segments_info"]:
            own = numbers == segment["id"]
            assert (labels[own] == segment["category_id"] - 1).all()
            assert len(np.unique(instances[own])) == 1


def test_the_project_reads_the_cityscapes_form_back(made, names, reader, tmp_path):
    for part in ("leftImg8bit", "gtFine"):
        for split in ("train", "val"):
            shutil.copytree(made / f"cityscapes/{part}/train", tmp_path / part / split)
    source = CityscapesSource(dataset="cityscapes", root=str(tmp_path), annotation="fine", depth="none")
    dataset = open_files(source, 0, lambda fault: None)
    assert dataset.classes == reader.classes
    items = [item for item in dataset.items if item.split == "train"]
    assert [item.scene_id for item in items] == [f"made_{n // 2:06d}_{n % 2:06d}" for n in range(24)]
    for item, name in zip(items, names, strict=True):
        scene = dataset.read(item)
        assert np.array_equal(scene.photo, read(made / f"images/{name}.png"))
        assert np.array_equal(scene.labels, read(made / f"labels/{name}.png"))
        instances = read(made / f"instances/{name}.png")
        pairs = np.unique(np.stack([scene.instances.ravel(), instances.ravel()]), axis=1)
        assert len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]


def test_the_table_holds_the_files(made, names):
    pq = pytest.importorskip("pyarrow.parquet")
    rows = pq.read_table(made / "data").to_pylist()
    assert [row["picture"] for row in rows] == names
    for row in rows:
        assert row["image"]["bytes"] == (made / f"images/{row['picture']}.png").read_bytes()
        assert np.array_equal(decode_png(row["origins"]["bytes"]), read(made / f"origins/{row['picture']}.png"))
        labels = read(made / f"labels/{row['picture']}.png")
        assert row["categories"] == [value for value in np.unique(labels) if value != 255]


def test_the_card_says_what_the_dataset_is(made, reader):
    card = (made / "README.md").read_text()
    assert card.startswith("---\npretty_name: street pictures\n")
    assert "24 photographs of 12 layouts, 128 x 64 pixels" in card
    assert all(f"| {index} | {name} |" in card for index, name in enumerate(reader.classes.names))
    assert json.loads((made / "credits.json").read_text())["photos"][0]["licence"] in card


def test_the_same_bytes_for_any_number_of_workers(made, finished_project, tmp_path, monkeypatch):
    numbers = []

    def few_per_worker(function, items, description, items_per_worker):
        numbers.append(items_per_worker)
        return parallel_map(function, items, description, 1)

    monkeypatch.setattr(make_module, "parallel_map", few_per_worker)
    monkeypatch.setenv("SIMS_WORKERS", "2")
    folder = tmp_path / "street pictures"
    run("make", "-o", folder, "--variants", 2, "--project", finished_project)
    assert numbers == [16], "the other run made these in one process"
    assert digests(folder) == digests(made)


def test_a_run_that_ends_early_leaves_nothing(finished_project, tmp_path, monkeypatch):
    def broken_off(function, items, description, items_per_worker):
        yield function(items[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(make_module, "parallel_map", broken_off)
    result = CliRunner().invoke(
        commands, ["dataset", "make", "-o", str(tmp_path / "made"), "--project", str(finished_project)]
    )
    assert result.exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_what_is_banned_is_in_no_picture(finished_project, made, tmp_path):
    most = json.loads((made / "credits.json").read_text())["photos"][0]["photo"]
    out = tmp_path / "out"
    run("make", "-o", out, "--split", "val", "--variants", 1, "--ban", most, "--form", "coco",
        "--project", finished_project)  # fmt: skip
    credits = json.loads((out / "credits.json").read_text())
    assert most not in {use["photo"] for use in credits["photos"]}
    assert credits["banned"] == [most]
    assert {path.name for path in out.iterdir()} == {
        "README.md", "classes.json", "coco", "credits", "credits.json", "images", "implied", "instances", "labels",
        "origins", "pictures.csv", "provenance",
    }  # fmt: skip
    assert "configs:" not in (out / "README.md").read_text()


def test_rendered_streets_are_layouts_and_a_dataset_of_their_own(finished_project, reader, tmp_path):
    rendered, out = tmp_path / "rendered", tmp_path / "out"
    run("render", 3, "-o", rendered, "--project", finished_project)
    scenes = {split: {scene.labels.tobytes() for scene in reader.scenes(split)} for split in ("train", "val")}
    for number in range(3):
        name = f"rendered-{number:05d}.png"
        labels = read(rendered / "labels" / name)
        assert labels.shape == read(rendered / "instances" / name).shape == reader.frame()
        assert read(rendered / "images" / name).shape == (*reader.frame(), 3)
        assert labels.tobytes() not in scenes["train"] | scenes["val"]
    run("render", 2, "-o", tmp_path / "fewer", "--project", finished_project)
    whole, part = digests(rendered), digests(tmp_path / "fewer")
    assert part == {path: digest for path, digest in whole.items() if "00002" not in path}
    known = known_layouts(rendered, finished_project, tmp_path / "known")
    run("make", "-o", out, "--layouts", known, "--variants", 1, "--project", finished_project)
    for path in (known / "labels").iterdir():
        made = f"{path.stem}_v0.png"
        assert np.array_equal(read(out / "labels" / made), read(path))
        theirs, ours = read(known / "instances" / path.name), read(out / "instances" / made)
        assert all(len(np.unique(ours[theirs == number])) == 1 for number in np.unique(theirs[theirs > 0]))


def known_layouts(rendered, project, folder):
    """The rendered layouts, with categories of which the small bank has nothing made void."""
    synthesizer = Synthesizer(project)
    names = synthesizer.classes.names
    shutil.copytree(rendered, folder)
    for path in (folder / "labels").iterdir():
        labels = read(path).copy()
        for value in np.unique(labels[labels != 255]):
            if names[value] not in synthesizer.bank.categories:
                labels[labels == value] = 255
        Image.fromarray(labels).save(path)
    return folder


def test_a_photo_of_a_banned_licence_is_shown_nowhere(finished_project, tmp_path):
    synthesizer = Synthesizer(finished_project)
    (licence,) = {photo["licence"] for photo in make_module.bank_credits(synthesizer.bank)["photos"]}
    everything = make_module.photos_of_licences(synthesizer.bank, [licence])
    assert everything == {photo["photo"] for photo in make_module.bank_credits(synthesizer.bank)["photos"]}
    with pytest.raises(SimsError, match="every segment of the bank is banned"):
        run("make", "-o", tmp_path / "out", "--ban-licence", licence, "--project", finished_project)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ban-licence", "CC9"], "--ban-licence 'CC9': no photo of the bank has this licence"),
        (["--ban", "photo_x"], "photo_x"),
        (["--layout-classes", "gta5"], "--layout-classes and --mapping: are about the layouts of a folder; add --lay"),
        (["--project", "packed.zip"], "packed.zip: a packed project has no scenes, so no layouts; add --layouts"),
        (["--layouts", "nowhere"], "nowhere: no such folder, expected a folder of label maps"),
        (["--layouts", "."], "no layouts in this folder"),
        (["--project", "nowhere"], "nowhere: project not found"),
    ],
)
def test_wrong_orders_are_one_line_and_write_nothing(finished_project, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "packed.zip").write_bytes(b"a file")
    with pytest.raises(SimsError, match=r"^[^\n]+$") as error:
        run("make", "-o", "out", "--project", finished_project, *arguments)
    assert message in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["packed.zip"]


@pytest.mark.parametrize("command", [["make"], ["render", "2"]])
def test_a_folder_that_holds_something_is_left_alone(finished_project, tmp_path, command):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(SimsError, match="is there already, expected a new or empty folder; name another with -o"):
        run(*command, "-o", tmp_path, "--project", finished_project)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
