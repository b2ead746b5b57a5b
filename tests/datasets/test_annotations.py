"""Files of annotation tools: `sims data init`, then scenes whose labels are those that were drawn, then a canvas."""

import json
from importlib import util

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.parameters import load_parameters
from sims_core.datasets.annotations import through_datumaro
from sims_core.datasets.annotations.names import split_named, table_names
from sims_core.datasets.annotations.photo_files import PhotoFiles
from sims_core.datasets.annotations.regions import AnnotatedPhoto, Region, fill_polygons, paint
from sims_core.datasets.check.run import check_data
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.init.run import init_project
from sims_core.datasets.load import load_dataset
from sims_core.datasets.settings import PrepareConfig
from sims_core.scenes.classes import VOID
from tests.support import annotation_files
from tests.support.annotation_files import COLOURS, HEIGHT_PX, NONE, WIDTH_PX, label_names
from tests.support.project import ROOT
from tests.support.small_composition import canvas_of_scenes
from tests.support.small_dataset import save

needs_datumaro = pytest.mark.skipif(util.find_spec("datumaro") is None, reason="needs the extra `annotations`")
THROUGH_DATUMARO = ("write_coco", "write_panoptic")
WITH_COLOURS = ("write_cvat", "write_panoptic", "write_supervisely")


@pytest.fixture
def init(tmp_path, monkeypatch):
    """Look at tmp_path/data with `sims data init`; return the section `prepare` and what was said."""
    monkeypatch.setenv("SIMS_WORKERS", "1")

    def look():
        params = tmp_path / "params.yaml"
        said = init_project(tmp_path / "data", ROOT, params, "tiny")
        return load_parameters(params).section("prepare", PrepareConfig), said

    return look


def names_in(scene, classes):
    """(H, W) names of the categories of a scene's pixels."""
    return np.array([*classes.names, *[NONE] * (256 - len(classes))])[scene.labels]


@pytest.mark.parametrize(
    ("form", "dataset_format", "num_photos"),
    [
        pytest.param("write_coco", "coco_instances", (5, 3), marks=needs_datumaro),
        pytest.param("write_label_studio_coco", "coco_instances", (5, 3), marks=needs_datumaro),
        pytest.param("write_roboflow_coco", "coco_instances", (4, 3), marks=needs_datumaro),
        pytest.param("write_panoptic", "coco_panoptic", (5, 3), marks=needs_datumaro),
        pytest.param("write_cvat", "cvat", (5, 3), marks=needs_datumaro),
        pytest.param("write_label_me", "label_me", (5, 3), marks=needs_datumaro),
        ("write_labelme_json", "labelme_json", (5, 3)),
        ("write_supervisely", "supervisely", (5, 3)),
        ("write_label_studio", "label_studio", (5, 3)),
    ],
)
def test_from_annotations_to_a_canvas(tmp_path, init, form, dataset_format, num_photos):
    getattr(annotation_files, form)(tmp_path / "data")
    config, said = init()
    assert (config.source.dataset, config.source.format) == ("annotations", dataset_format)
    assert f"{num_photos[0]} + {num_photos[1]}" in said[0]
    assert "16.7% of the pixels lie in no region" in said[2]
    assert check_data(config, 0).num_faults == 0
    dataset = load_dataset(config, 0)
    scenes = list(dataset.scenes)
    assert (sum(scene.split == "train" for scene in scenes), len(scenes)) == (num_photos[0], sum(num_photos))
    for scene in scenes:
        number = int(scene.scene_id[-1])
        assert np.array_equal(names_in(scene, dataset.classes), label_names(number))
        cars = np.unique(scene.instances[names_in(scene, dataset.classes) == "car"])
        assert len(cars) == 1
        assert cars[0] > 0
        assert (scene.instances == cars[0]).sum() == (label_names(number) == "car").sum()
        assert not scene.instances[:, 40:].any()
    if form in WITH_COLOURS:
        assert {c.name: c.colour for c in dataset.classes.categories if c.name != NONE} == {
            name.lower(): colour for name, colour in COLOURS.items()
        }
    canvas = canvas_of_scenes(tmp_path, dataset.classes, scenes)
    assert {dataset.classes.names[label] for label in np.unique(canvas.implied_layout[canvas.known])} >= {
        "sky",
        "road",
        "car",
    }


def test_pixels_without_region_are_void_where_stuff_is_annotated_or_wished(tmp_path, init):
    annotation_files.write_supervisely(tmp_path / "data")
    config, _ = init()
    table = tmp_path / "data/classes.yaml"
    assert read_class_table(table).names[-1] == NONE
    table.write_text("\n".join(line for line in table.read_text().splitlines() if NONE not in line))
    with pytest.raises(SimsError, match="has no category 'background'; add it, or set unannotated: void"):
        load_dataset(config, 0)
    source = config.source.model_copy(update={"unannotated": "void"})
    scene = next(load_dataset(config.model_copy(update={"source": source}), 0).scenes)
    assert (scene.labels[:, 40:] == VOID).all()
    assert (scene.labels[:, :40] != VOID).all()


def square(left, size):
    return (left, 0, left + size, 0, left + size, size, left, size)


def region(category, corners, instance=0, layer=0):
    return Region(category, lambda frame: fill_polygons(frame, [corners]), instance, layer)


def painted(*regions, is_by_size=False, size=None):
    photo = AnnotatedPhoto("a.jpg", "a.json", "", size, regions, is_by_size)
    return [array[0].tolist() for array in paint(photo, (2, 5), {"a": 0, "b": 1, "c": VOID}, 9)]


def test_paint_by_hand():
    wide, narrow = square(0, 4), square(1, 2)
    assert painted(region("a", wide, 7), region("b", narrow, 8)) == [[0, 1, 1, 0, 9], [1, 2, 2, 1, 0]]
    # The later on top, but for layers and for COCO, where the smaller is.
    assert painted(region("b", narrow, 8), region("a", wide, 7)) == [[0, 0, 0, 0, 9], [2, 2, 2, 2, 0]]
    assert painted(region("b", narrow, 8, 1), region("a", wide, 7))[0] == [0, 1, 1, 0, 9]
    assert painted(region("b", narrow, 8), region("a", wide, 7), is_by_size=True)[0] == [0, 1, 1, 0, 9]
    # A crowd is no instance, and what is called void neither.
    assert painted(region("a", wide, None), region("c", narrow, 3)) == [[0, VOID, VOID, 0, 9], [0, 0, 0, 0, 0]]
    with pytest.raises(SimsError, match="are for another size than the photo's, expected 5x2, found 2x5"):
        painted(region("a", wide), size=(5, 2))


def test_polygons_by_hand():
    # Pixels count whose centres lie inside: at 0.5, 1.5 and so on.
    assert fill_polygons((1, 4), [(0.6, 0, 2.6, 0, 2.6, 1, 0.6, 1)]).tolist() == [[False, True, True, False]]
    holed = fill_polygons((3, 3), [(0, 0, 3, 0, 3, 3, 0, 3)], [(1, 1, 2, 1, 2, 2, 1, 2)])
    assert holed.tolist() == [[True] * 3, [True, False, True], [True] * 3]


def change(path, edit):
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


@needs_datumaro
def test_crowds_lie_beneath_and_are_no_instance(tmp_path, init):
    annotation_files.write_coco(tmp_path / "data")
    for path in (tmp_path / "data/annotations").iterdir():
        change(path, lambda content: [a.update(iscrowd=1) for a in content["annotations"] if a["category_id"] == 3])
    config, _ = init()
    dataset = load_dataset(config, 0)
    scene = next(dataset.scenes)
    assert set(np.unique(names_in(scene, dataset.classes))) == {"sky", "road", NONE}


@pytest.mark.parametrize(
    ("form", "path", "edit", "message"),
    [
        ("write_coco", "annotations/instances_val2017.json", lambda c: c.pop("images"), "is not of COCO's form"),
        (
            "write_coco",
            "annotations/instances_val2017.json",
            lambda c: c["annotations"][0].update(category_id=9),
            r"instances_val2017.json: cannot be read, found \w+: Failed to import item \(1, .*Undeclared label '9'",
        ),
        (
            "write_coco",
            "annotations/instances_val2017.json",
            lambda c: c["annotations"][0].update(category_id=0),
            "is of category 0, which the file does not list",
        ),
        (
            "write_labelme_json",
            "frame_3.json",
            lambda c: c.update(imageHeight=64),
            "frame_3.json: annotations of frame_3.jpg are for another size than the photo's, expected 48x32, found",
        ),
        (
            "write_panoptic",
            "annotations/panoptic_val.json",
            lambda c: c["annotations"][0].update(file_name="none.png"),
            "panoptic_val.json: cannot be read",
        ),
        (
            "write_supervisely",
            "streets/meta.json",
            lambda c: c.pop("classes"),
            "meta.json: is not of Supervisely's form, found no 'classes'",
        ),
        (
            "write_supervisely",
            "streets/val/ann/frame_6.jpg.json",
            lambda c: c["objects"][0]["bitmap"].update(data="aaaa"),
            "frame_6.jpg.json: holds a bitmap that cannot be decompressed",
        ),
        (
            "write_supervisely",
            "streets/val/ann/frame_6.jpg.json",
            lambda c: c["objects"][1]["points"].update(exterior=[[0, 0], [1, 1]]),
            "found a polygon of 2 points",
        ),
        (
            "write_labelme_json",
            "frame_2.json",
            lambda c: c["shapes"][2].update(points=[[40, 1], [60, 20]]),
            "frame_2.json: a mask of 18x16 at column 40, row 1 reaches beyond the photo",
        ),
        (
            "write_labelme_json",
            "frame_2.json",
            lambda c: c["shapes"][0]["points"][0].__setitem__(0, float("nan")),
            "is nan, no finite number",
        ),
        (
            "write_label_studio",
            "project-1-at-2026-01-01.json",
            lambda c: c[0]["annotations"][0]["result"][2]["value"]["rle"].__delitem__(slice(30, None)),
            "holds brush strokes that end too early",
        ),
        (
            "write_label_studio",
            "project-1-at-2026-01-01.json",
            lambda c: c[0]["annotations"].append(c[1]["annotations"][0]),
            "task 0 has 2 annotations, expected one",
        ),
    ],
)
def test_what_is_damaged_is_said_in_one_line(tmp_path, init, form, path, edit, message):
    if form in THROUGH_DATUMARO:
        pytest.importorskip("datumaro")
    getattr(annotation_files, form)(tmp_path / "data")
    change(tmp_path / "data" / path, edit)
    with pytest.raises(SimsError, match=message):
        init()
    assert not (tmp_path / "params.yaml").exists()


@needs_datumaro
@pytest.mark.parametrize(
    ("form", "path", "old", "new", "message"),
    [
        ("write_cvat", "annotations.xml", "</meta>", "", "annotations.xml: cannot be read, found ParseError"),
        (
            "write_cvat",
            "annotations.xml",
            "polygon",
            "ellipse",
            "has shapes that are not read: ellipse; turn them into",
        ),
        (
            "write_cvat",
            "annotations.xml",
            "frame_3.jpg",
            "frame_9.jpg",
            "Cannot find an image which has name=frame_9.jpg",
        ),
        (
            "write_label_me",
            "Annotations/users/streets/frame_4.xml",
            "</polygon>",
            "",
            "frame_4.xml: cannot be read, found Par",
        ),
    ],
)
def test_what_is_damaged_in_xml_is_said_in_one_line(tmp_path, init, form, path, old, new, message):
    getattr(annotation_files, form)(tmp_path / "data")
    file = tmp_path / "data" / path
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(SimsError, match=message):
        init()


def test_boxes_alone_are_refused(tmp_path, init):
    annotation_files.write_labelme_json(tmp_path / "data")
    for path in (tmp_path / "data").glob("*.json"):
        change(path, lambda content: [shape.update(shape_type="rectangle") for shape in content["shapes"]])
    with pytest.raises(SimsError, match="outline nothing, expected polygons or masks, found 24 boxes alone; boxes say"):
        init()


def test_categories_that_the_class_table_lacks_and_photos_that_are_missing_are_faults(tmp_path, init):
    annotation_files.write_labelme_json(tmp_path / "data")
    config, _ = init()
    change(tmp_path / "data/frame_2.json", lambda content: content["shapes"][0].update(label="Heaven"))
    (tmp_path / "data/frame_5.jpg").unlink()
    found = [finding.message for finding in check_data(config, 0).findings]
    assert any("category 'Heaven' of 1 photos is not in the class table classes.yaml" in line for line in found)
    assert any("frame_5.json: photo frame_5.jpg not found; put the photos below" in line for line in found)
    with pytest.raises(SimsError, match=r"frame_5.jpg not found"):
        load_dataset(config, 0)


def test_the_short_form_of_label_studio(tmp_path, init):
    annotation_files.write_label_studio(tmp_path / "data")
    path = tmp_path / "data/project-1-at-2026-01-01.json"
    tasks = []
    for task in json.loads(path.read_text()):
        shapes = [{**result["value"], **result} for result in task["annotations"][0]["result"]]
        tasks.append({"id": task["id"], "annotation_id": 1, "image": task["data"]["image"], "label": shapes[:2]})
        tasks[-1]["brush"] = shapes[2:]
    path.write_text(json.dumps(tasks))
    config, _ = init()
    dataset = load_dataset(config, 0)
    for scene in dataset.scenes:
        assert np.array_equal(names_in(scene, dataset.classes), label_names(int(scene.scene_id[-1])))


def test_a_class_table_is_kept_and_a_second_format_is_said(tmp_path, init):
    annotation_files.write_labelme_json(tmp_path / "data")
    (tmp_path / "other").mkdir()
    annotation_files.write_label_studio(tmp_path / "other")
    (tmp_path / "other/project-1-at-2026-01-01.json").rename(tmp_path / "data/project.json")
    save(tmp_path / "data/masks/frame_0.png", np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8))
    table = "categories:\n"
    for place, name in enumerate(("sky", "road", "car")):
        table += f"  - {{name: {name}, colour: [{place}, 1, 1], role: stuff}}\n"
    (tmp_path / "data/classes.yaml").write_text(table)
    config, said = init()
    assert (config.source.format, config.source.unannotated) == ("labelme_json", "void")
    assert any("classes.yaml: kept as it is, 3 categories" in line for line in said)
    assert any("1 other pictures have names of these photos and are passed over: masks/frame_0.png" in s for s in said)
    assert any("also holds label_studio: prepare.source.format chooses" in line for line in said)
    assert next(load_dataset(config, 0).scenes).labels[0, 0] == 0
    assert (tmp_path / "data/classes.yaml").read_text() == table


def test_which_file_is_the_photo(tmp_path):
    for place in ("images/train2017/a.jpg", "images/val2017/a.jpg", "b/b.jpg", "c/b.jpg", "c.jpg"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"")
    files = PhotoFiles(tmp_path)

    def find(name, subset="", where="annotations.json"):
        return files.find(AnnotatedPhoto(name, tmp_path / where, subset, None, ())).relative_to(tmp_path).as_posix()

    assert find("a.jpg", "val2017") == "images/val2017/a.jpg"
    assert find("train2017/a.jpg") == "images/train2017/a.jpg"
    assert find("b.jpg", where="c/annotations.json") == "c/b.jpg"
    assert find("elsewhere/0a1b2c3d-c.jpg") == "c.jpg"
    with pytest.raises(SimsError, match=r"b.jpg may be \S+/b/b.jpg or \S+/c/b.jpg"):
        find("b.jpg")
    with pytest.raises(SimsError, match=r"photo d.jpg not found; put the photos below"):
        find("d.jpg")


def test_names_by_hand():
    assert table_names(["Car", "car", "Büro-Stuhl", "_background_", "道路", "object--car"]) == {
        "Car": "car",
        "car": "car 2",
        "Büro-Stuhl": "buro-stuhl",
        "_background_": "background",
        "道路": "category",
        "object--car": "object--car",
    }
    said = {name: split_named(name) for name in ("train2017", "a/Validation", "valid", "Test", "default", "trainer")}
    assert list(said.values()) == ["train", "val", "val", "test", None, None]


def test_without_datumaro_one_line_says_what_to_install(tmp_path, init, monkeypatch):
    annotation_files.write_coco(tmp_path / "data")
    monkeypatch.setattr(through_datumaro, "find_spec", lambda name: None)
    with pytest.raises(SimsError, match=r"Datumaro, which is not installed; pip install 'sims\[annotations\]'"):
        init()
