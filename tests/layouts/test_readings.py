"""Layouts of one channel in projects whose masks have values of their own; layouts that ask for little."""

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from sims_core.base.errors import SimsError
from sims_core.base.pictures import write_png
from sims_core.base.presets import compose_preset
from sims_core.datasets.settings import PrepareConfig
from sims_core.layouts.files import write_layout
from sims_core.layouts.incoming import check_beside, check_out, open_project_layouts
from sims_core.layouts.readings import mask_values
from sims_core.scenes.classes import VOID
from tests.support.project import ROOT
from tests.support.small_dataset import source
from tests.support.small_project import CLASSES, HEIGHT_PX, WIDTH_PX, layout

FRAME = (HEIGHT_PX, WIDTH_PX)
# Road, sky, car, boat.
MASKS = {"label_values": [1, 2, 3, 4], "void_values": [9]}


@pytest.fixture
def project(tmp_path):
    """A folder with parameters of a dataset of one's own."""
    write_parameters(tmp_path / "params.yaml", source(tmp_path, **MASKS))
    return tmp_path


def write_parameters(path, dataset):
    yaml = YAML()
    content = yaml.load(compose_preset(ROOT / "presets/tiny.yaml"))
    content["prepare"] = {"height_px": HEIGHT_PX, "width_px": WIDTH_PX, "source": dataset}
    content["synthesis"]["resolutions"] = [HEIGHT_PX]
    with path.open("w") as file:
        yaml.dump(content, file)


def save(folder, **pictures):
    for name, picture in pictures.items():
        write_png(folder / f"{name}.png", picture)
    return [folder / f"{name}.png" for name in pictures]


def opened(project, paths, layout_classes=None):
    return open_project_layouts(layout_classes, None, CLASSES, FRAME, params=project / "params.yaml", paths=paths)


def values(*columns):
    """A layout of vertical stripes."""
    return np.repeat(np.array(columns, np.uint8), WIDTH_PX // len(columns))[None].repeat(HEIGHT_PX, axis=0)


def test_what_may_be_a_mask_is_read_as_one_and_that_is_said(project):
    paths = save(project, mask=values(1, 2, 3))
    layouts = opened(project, paths)
    assert np.array_equal(layouts.read(paths[0]), values(0, 1, 2))
    assert layouts.survey(paths).lines == [
        "1 layout of one channel: values are read as in the masks (prepare.source.label_values and void_values); "
        "if they are places: --layout-classes data/scenes/classes.json"
    ]
    # The class table that is named means places.
    (project / "classes.json").write_text(CLASSES.model_dump_json())
    layouts = opened(project, paths, str(project / "classes.json"))
    assert np.array_equal(layouts.read(paths[0]), values(1, 2, 3))
    assert "are read as places in" in layouts.said[0]


def test_values_that_are_no_masks_are_places_and_that_is_said(project):
    paths = save(project, place=values(0, 1, 255), either=values(1, 2, 3))
    layouts = opened(project, paths)
    assert np.array_equal(layouts.read(paths[1]), values(1, 2, 3))
    assert layouts.said == ("2 layouts of one channel: values are read as places in the class table, from 0",)


def test_values_that_only_masks_have_make_all_of_a_folder_masks(project):
    paths = save(project, void=values(4, 9, 1), either=values(1, 2, 3))
    layouts = opened(project, paths)
    assert np.array_equal(layouts.read(paths[0]), values(3, VOID, 0))
    assert np.array_equal(layouts.read(paths[1]), values(0, 1, 2))
    assert layouts.said == (
        "2 layouts of one channel: values are read as in the masks (prepare.source.label_values and void_values)",
    )


def test_two_kinds_in_one_folder_are_refused(project):
    paths = save(project, mask=values(4, 4), place=values(0, 1))
    with pytest.raises(
        SimsError, match=r"mask.png: its values can only be those of the masks .*in place.png only places"
    ):
        opened(project, paths)


def test_colours_and_the_projects_own_palette_have_one_meaning(project):
    write_layout(project / "indexed.png", layout(), CLASSES)
    paths = [project / "indexed.png", *save(project, colours=CLASSES.colourise(layout()))]
    layouts = opened(project, paths)
    assert layouts.said == ()
    for path in paths:
        assert np.array_equal(layouts.read(path), layout())
    # So has an indexed mask of the project, whose palette has the table's colours at the masks' values.
    image = Image.fromarray(values(1, 2), mode="P")
    image.putpalette([0, 0, 0, *CLASSES.palette[:4].ravel().tolist()])
    image.save(project / "mask.png")
    assert np.array_equal(opened(project, [project / "mask.png"]).read(project / "mask.png"), values(0, 1))


def test_where_both_readings_say_the_same_nothing_is_said(project):
    write_parameters(project / "params.yaml", source(project, label_values=[0, 1, 2, 7]))
    paths = save(project, same=values(0, 1, 2))
    assert opened(project, paths).said == ()
    paths += save(project, other=values(7, 1))
    assert np.array_equal(opened(project, paths).read(paths[1]), values(3, 1))


def test_without_parameters_values_are_places(project):
    paths = save(project, mask=values(1, 2, 3))
    (project / "params.yaml").unlink()
    assert np.array_equal(opened(project, paths).read(paths[0]), values(1, 2, 3))


@pytest.mark.parametrize(
    ("dataset", "value", "category"),
    [
        ({"dataset": "ade20k", "root": "x", "subset": "all"}, 3, 2),
        ({"dataset": "nyu", "root": "x", "num_categories": 13}, 3, 2),
        ({"dataset": "cityscapes", "root": "x", "annotation": "fine", "depth": "none"}, 8, 1),
        ({"dataset": "gta5", "root": "x"}, 8, 1),
        ({"dataset": "coco_stuff", "root": "x", "instances": False}, 12, 11),
        ({"dataset": "camvid", "root": "x"}, 11, VOID),
        ({"dataset": "camvid", "root": "x", "form": "original"}, None, None),
        ({"dataset": "synthetic_street", "num_train": 1, "num_val": 1}, None, None),
    ],
)
def test_masks_of_official_datasets(dataset, value, category):
    config = PrepareConfig.model_validate({"height_px": 32, "width_px": 32, "source": dataset})
    masks = mask_values(config, CLASSES)
    if value is None:
        assert masks is None
    else:
        assert masks.values.categories[value] == category
        assert not masks.is_likely


def test_places_stay_places_in_a_project_of_an_official_dataset(project):
    write_parameters(project / "params.yaml", {"dataset": "ade20k", "root": "x", "subset": "all"})
    paths = save(project, either=values(1, 2, 3))
    layouts = opened(project, paths)
    assert np.array_equal(layouts.read(paths[0]), values(1, 2, 3))
    assert layouts.said == (
        "1 layout of one channel: values are read as places in the class table, from 0; "
        "if they are label files of ade20k: --layout-classes ade20k",
    )


def test_parameters_of_another_table_say_nothing(project):
    write_parameters(project / "params.yaml", source(project, label_values=[5, 6]))
    paths = save(project, places=values(0, 1, 2))
    assert opened(project, paths).said == ()


def test_layouts_that_ask_for_little_are_said(project):
    (project / "params.yaml").unlink()
    paths = save(project, full=layout(), sky=values(1), empty=values(255, 255, 255, 0))
    lines = opened(project, paths).survey(paths).lines
    assert lines == [
        "mostly void, where the network invents what is there: empty.png (75%)",
        "one category alone, what its segments leave open is invented: sky.png ('sky'), empty.png ('road')",
    ]
    refined = open_project_layouts(None, None, CLASSES, FRAME, lambda labels: labels)
    assert refined.survey(paths[2:]).lines[0] == "mostly void, which the layout network fills in: empty.png (75%)"


def test_results_never_take_the_place_of_layouts(tmp_path):
    (path,) = save(tmp_path, street=layout())
    with pytest.raises(
        SimsError, match=r"street.png: would be lost, '-o .*street.png' writes over it; name another file"
    ):
        check_out(path, tmp_path / "street.png")
    (tmp_path / "link.png").symlink_to(path)
    with pytest.raises(SimsError, match="would be lost"):
        check_out(path, tmp_path / "link.png")
    check_beside(path, tmp_path / "new.png")
    save(tmp_path, **{f"new.{name}": layout() for name in ("components", "variant3", "layout")})
    for name in ("components", "variant3"):
        with pytest.raises(SimsError, match=rf"new.{name}.png: would be lost"):
            check_beside(tmp_path / f"new.{name}.png", tmp_path / "new.png")
    check_beside(tmp_path / "new.layout.png", tmp_path / "new.png")
    (tmp_path / "out/sources").mkdir(parents=True)
    with pytest.raises(SimsError, match="sources: is the folder of the layouts"):
        check_beside(tmp_path / "out/sources", tmp_path / "out")
