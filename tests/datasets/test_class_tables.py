"""The packaged class tables against the published lists, written down here a second time in another form."""

import numpy as np
import pytest

from sims_core.datasets.adapters.cityscapes_labels import read_labels
from sims_core.datasets.adapters.coco_stuff import UNUSED_LABELS, category_of_label
from sims_core.datasets.adapters.nyu import CATEGORY_13_OF_40
from sims_core.datasets.class_tables import packaged_list, packaged_table
from sims_core.scenes.classes import VOID, Role
from sims_core.scenes.street_categories import CANONICAL as CITYSCAPES


def voc_colour(number):
    """PASCAL VOC's colour map: the bits of the number dealt to red, green, blue from the highest bit down."""
    return tuple(sum(((number >> (3 * k + c)) & 1) << (7 - k) for k in range(8)) for c in range(3))


@pytest.mark.parametrize(
    ("name", "num_categories"),
    [("ade20k", 150), ("coco_stuff", 171), ("nyu40", 40), ("nyu13", 13), ("camvid_original", 31)],
)
def test_counts(name, num_categories):
    assert len(packaged_table(name)) == num_categories


def test_cityscapes_labels():
    labels = read_labels()
    # cityscapesScripts: label id -> train id.
    train_ids = {
        7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10,
        24: 11, 25: 12, 26: 13, 27: 14, 28: 15, 31: 16, 32: 17, 33: 18,
    }  # fmt: skip
    assert labels.categories.tolist() == [train_ids.get(index, VOID) for index in range(34)]
    for label, category in train_ids.items():
        assert labels.names[label] == CITYSCAPES.names[category]
        assert tuple(labels.colours[label]) == CITYSCAPES.categories[category].colour
    void = {1: "ego vehicle", 4: "static", 9: "parking", 18: "polegroup", 29: "caravan", 30: "trailer"}
    assert {index: labels.names[index] for index in void} == void
    assert labels.colours[[5, 9, 14, 18, 30]].tolist() == [
        [111, 74, 0], [250, 170, 160], [180, 165, 180], [153, 153, 153], [0, 0, 110],
    ]  # fmt: skip


def test_cityscapes_palette_as_published():
    palette = (
        "804080 f423e8 464646 66669c be9999 999999 faaa1e dcdc00 6b8e23 98fb98 4682b4 "
        "dc143c ff0000 00008e 000046 003c64 005064 0000e6 770b20"
    )
    assert [bytes(category.colour).hex() for category in CITYSCAPES.categories] == palette.split()


def test_ade20k():
    table = packaged_table("ade20k")
    by_number = {
        1: "wall", 3: "sky", 7: "road", 12: "sidewalk", 13: "person", 21: "car", 44: "signboard", 49: "skyscraper",
        59: "screen door", 64: "blind", 73: "palm", 81: "bus", 88: "streetlight", 103: "van", 117: "minibike",
        128: "bicycle", 131: "screen", 137: "traffic light", 150: "flag",
    }  # fmt: skip
    assert {number: table.names[number - 1] for number in by_number} == by_number
    colours = {
        1: (120, 120, 120),
        3: (6, 230, 230),
        7: (140, 140, 140),
        49: (140, 140, 200),
        88: (0, 71, 255),
        150: (92, 0, 255),
    }
    assert {number: table.categories[number - 1].colour for number in colours} == colours


def test_coco_stuff():
    table = packaged_table("coco_stuff")
    of_label = category_of_label()
    # COCO's 80 things and 91 stuff; of labels 1..91 eleven were never annotated.
    assert len(of_label) == 171
    assert sum(label <= 91 for label in of_label) == 80
    assert UNUSED_LABELS == (12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91)
    names = {1: "person", 13: "stop sign", 44: "bottle", 90: "toothbrush", 92: "banner", 149: "road", 157: "sky-other",
             169: "tree", 182: "wood"}  # fmt: skip
    assert {label: table.names[of_label[label]] for label in names} == names
    for label, category in of_label.items():
        assert table.categories[category].colour == voc_colour(label)


def test_nyu():
    table, of_13 = packaged_table("nyu40"), packaged_table("nyu13")
    numbers = {1: "wall", 2: "floor", 11: "picture", 20: "floor mat", 24: "refridgerator", 28: "shower curtain",
               32: "night stand", 40: "otherprop"}  # fmt: skip
    assert {number: table.names[number - 1] for number in numbers} == numbers
    assert [c.colour for c in (*table.categories, *of_13.categories)] == [
        voc_colour(n) for n in (*range(1, 41), *range(1, 14))
    ]
    merged = {name: of_13.names[number - 1] for name, number in zip(table.names, CATEGORY_13_OF_40, strict=True)}
    kept = {name for name, of in merged.items() if name == of}
    assert kept == {"bed", "books", "ceiling", "chair", "floor", "picture", "sofa", "table", "wall", "window"}
    assert merged["television"] == "tv"
    assert {name for name, of in merged.items() if of == "furniture"} == {
        "cabinet", "bookshelf", "counter", "shelves", "dresser", "refridgerator", "night stand", "otherfurniture",
    }  # fmt: skip
    assert {name for name, of in merged.items() if of in ("wall", "window", "floor", "table")} == {
        "wall", "door", "window", "blinds", "curtain", "floor", "floor mat", "table", "desk",
    }  # fmt: skip


def test_camvid_original():
    colours = {c.name: c.colour for c in packaged_table("camvid_original").categories}
    assert colours["animal"] == (64, 128, 64)
    assert colours["lanemkgsdriv"] == (128, 0, 192)
    assert colours["sidewalk"] == (0, 0, 192)
    assert colours["suvpickuptruck"] == (64, 128, 192)
    assert colours["wall"] == (64, 192, 0)
    # The 32 colours are multiples of 64; black is Void.
    assert {value % 64 for colour in colours.values() for value in colour} == {0}
    assert (0, 0, 0) not in colours.values()


@pytest.mark.parametrize("name", ["ade20k", "coco_stuff", "camvid_original"])
def test_roles_of_street_categories(name):
    table = packaged_table(name)
    roles = {category.name: category.role for category in table.categories}
    expected = {
        "road": Role.PLANAR,
        "car": Role.OBJECT,
        "tree": Role.FOLIAGE,
        "building": Role.STUFF,
        "sky": Role.STUFF,
    }
    assert {k: roles[k] for k in expected if k in roles} == {k: v for k, v in expected.items() if k in roles}


def test_outdoor_scenes_are_sorted_and_no_ending_says_so_already():
    listed = packaged_list("ade20k_outdoor_scenes", "scenes")
    assert listed == sorted(set(listed))
    assert not [name for name in listed if name.endswith(("_outdoor", "_exterior", "_indoor", "_interior"))]
    assert np.isin(["street", "forest_road", "mountain", "beach", "house"], listed).all()
