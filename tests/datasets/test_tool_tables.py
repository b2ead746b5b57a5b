"""Label maps with a tool's table of names and colours: `sims data init`, the labels that were drawn, a canvas."""

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.parameters import load_parameters
from sims_core.datasets.check.run import check_data
from sims_core.datasets.init.run import init_project
from sims_core.datasets.init.tool_tables import find_tool_table
from sims_core.datasets.load import load_dataset
from sims_core.datasets.settings import PrepareConfig
from sims_core.scenes.classes import VOID
from tests.support import annotation_files
from tests.support.annotation_files import COLOURS, NONE, label_names
from tests.support.project import ROOT
from tests.support.small_composition import canvas_of_scenes

VOC = {"sky": "aeroplane", "road": "boat"}


@pytest.mark.parametrize(
    ("form", "num_photos", "table", "none", "colours"),
    [
        ("write_voc", (5, 3), "PASCAL VOC", NONE, {"aeroplane": (128, 0, 0), "boat": (0, 0, 128)}),
        ("write_cvat_masks", (5, 3), "labelmap.txt", NONE, {name.lower(): own for name, own in COLOURS.items()}),
        ("write_class_dict", (5, 3), "class_dict.csv", "void", {name.lower(): own for name, own in COLOURS.items()}),
        ("write_roboflow_masks", (4, 3), "_classes.csv", NONE, {}),
        ("write_mapillary", (5, 3), "config_v1.2.json", "void", {name.lower(): own for name, own in COLOURS.items()}),
    ],
)
def test_from_label_maps_of_a_tool_to_a_canvas(tmp_path, monkeypatch, form, num_photos, table, none, colours):
    monkeypatch.setenv("SIMS_WORKERS", "1")
    getattr(annotation_files, form)(tmp_path / "data")
    said = init_project(tmp_path / "data", ROOT, tmp_path / "params.yaml", "tiny")
    config = load_parameters(tmp_path / "params.yaml").section("prepare", PrepareConfig)
    assert config.source.dataset == "folder"
    assert f"named as in {table}; their roles are yours to check" in said[1]
    result = check_data(config, 0)
    assert result.num_faults == 0, result.findings
    dataset = load_dataset(config, 0)
    scenes = list(dataset.scenes)
    assert (sum(scene.split == "train" for scene in scenes), len(scenes)) == (num_photos[0], sum(num_photos))
    names = np.array([*dataset.classes.names, *["void"] * (256 - len(dataset.classes))])
    for scene in scenes:
        expected = label_names(int(scene.scene_id[-1]))
        expected[expected == NONE] = none
        for own, other in VOC.items() if form == "write_voc" else ():
            expected[expected == own] = other
        if form == "write_voc":
            expected[-1] = "void"
        assert np.array_equal(names[scene.labels], expected)
    known = {category.name: category.colour for category in dataset.classes.categories}
    assert known | colours == known
    canvas = canvas_of_scenes(tmp_path, dataset.classes, scenes)
    assert {dataset.classes.names[label] for label in np.unique(canvas.implied_layout[canvas.known])} >= {"car"}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_tables_by_hand(tmp_path):
    write(tmp_path / "a/labelmap.txt", "# label:color_rgb:parts:actions\nsky:1,2,3::\nroad:::\n")
    found = find_tool_table(tmp_path / "a")
    assert (found.names, found.colours) == ({0: "sky", 1: "road"}, {0: (1, 2, 3)})
    write(tmp_path / "b/class_dict.csv", "name,r,g,b\nVoid,0,0,0\nSky,4,5,6\n")
    found = find_tool_table(tmp_path / "b")
    assert (found.names, found.colours[1], found.names_black) == ({0: "Void", 1: "Sky"}, (4, 5, 6), False)
    write(tmp_path / "c/class_names.txt", "__ignore__\n_background_\nsky\n")
    assert find_tool_table(tmp_path / "c").names == {0: "_background_", 1: "sky"}
    write(tmp_path / "d/class_names.txt", "cat\ndog\n")
    assert find_tool_table(tmp_path / "d") is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("labelmap.txt", "sky\nroad\n", "labelmap.txt: is not of its form"),
        ("class_dict.csv", "name,r,g,b\nsky,0,0,256\n", "found the colour 0, 0, 256; export it again, or move it"),
        ("_classes.csv", "Pixel Value, Class\nsky, 1\n", "_classes.csv: is not of its form"),
    ],
)
def test_tables_that_are_none(tmp_path, name, text, message):
    write(tmp_path / name, text)
    with pytest.raises(SimsError, match=message):
        find_tool_table(tmp_path)


def test_tables_that_differ(tmp_path):
    write(tmp_path / "train/_classes.csv", "Pixel Value, Class\n0, sky\n")
    write(tmp_path / "valid/_classes.csv", "Pixel Value, Class\n0, road\n")
    with pytest.raises(SimsError, match=r"differs from another _classes.csv"):
        find_tool_table(tmp_path)


def test_pascal_voc_has_the_colours_of_its_palette(tmp_path):
    annotation_files.write_voc(tmp_path)
    found = find_tool_table(tmp_path)
    flat = annotation_files.VOC_PALETTE
    assert [found.colours[value] for value in range(8)] == [tuple(flat[3 * v : 3 * v + 3]) for v in range(8)]
    assert (found.names[20], found.colours[20], VOID in found.names) == ("tvmonitor", (0, 64, 128), False)
