"""Which category becomes which: by hand, between the published tables."""

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.datasets.adapters.camvid import CLASSES as CAMVID
from sims_core.datasets.class_tables import packaged_table
from sims_core.layouts.translation import map_categories, read_name_pairs
from sims_core.scenes.category_names import canonical_name, names_of
from sims_core.scenes.classes import VOID, Category, ClassTable, Role
from sims_core.scenes.street_categories import CANONICAL
from sims_core.scenes.street_categories import CANONICAL as CITYSCAPES


def table(*names):
    return ClassTable(
        categories=tuple(
            Category(name=name, colour=(index, 0, 0), role=Role.STUFF) for index, name in enumerate(names, start=1)
        )
    )


def test_camvid_becomes_cityscapes_whole():
    mapping = map_categories(CAMVID, CITYSCAPES, {})
    assert dict(mapping.pairs) == {
        "sky": "sky", "building": "building", "pole": "pole", "road": "road", "pavement": "sidewalk",
        "tree": "vegetation", "sign symbol": "traffic sign", "fence": "fence", "car": "car", "pedestrian": "person",
        "bicyclist": "rider",
    }  # fmt: skip
    assert mapping.unmapped == ()
    # In Cityscapes' train ids, in CamVid's order.
    assert mapping.lookup[:11].tolist() == [10, 2, 5, 0, 1, 8, 7, 4, 13, 11, 12]
    assert (mapping.lookup[11:] == VOID).all()
    assert mapping.lookup.dtype == np.uint8


def test_cityscapes_becomes_camvid_but_for_what_has_no_name_there():
    mapping = map_categories(CITYSCAPES, CAMVID, {})
    assert mapping.unmapped == (
        "wall", "traffic light", "terrain", "truck", "bus", "train", "motorcycle", "bicycle",
    )  # fmt: skip
    assert [CAMVID.names[index] for index in mapping.lookup[[0, 1, 2, 7, 8, 11, 12]]] == [
        "road", "pavement", "building", "sign symbol", "tree", "pedestrian", "bicyclist",
    ]  # fmt: skip


def test_there_and_back_is_the_identity():
    there, back = map_categories(CAMVID, CITYSCAPES, {}), map_categories(CITYSCAPES, CAMVID, {})
    labels = np.array([[*range(11), VOID]], dtype=np.uint8)
    assert np.array_equal(back.translate(there.translate(labels)), labels)


def test_the_same_name_comes_before_a_synonym():
    ade20k = packaged_table("ade20k")
    there = dict(map_categories(CITYSCAPES, ade20k, {}).pairs)
    assert there["wall"] == "wall"
    assert there["road"] == "road"  # and not `dirt track` or `runway`, which are roads for others
    back = dict(map_categories(ade20k, CITYSCAPES, {}).pairs)
    assert back["wall"] == "wall"
    assert {back[name] for name in ("building", "house", "skyscraper", "tower")} == {"building"}


def test_of_several_synonyms_the_nearest_in_meaning_is_taken_whatever_the_tables_order():
    ade20k = dict(map_categories(CITYSCAPES, packaged_table("ade20k"), {}).pairs)
    assert ade20k["vegetation"] == "tree"  # before plant and palm
    assert ade20k["terrain"] == "grass"  # before earth, field, sand, land
    assert ade20k["traffic sign"] == "signboard"
    for names in (("palm", "plant", "tree"), ("tree", "plant", "palm")):
        assert dict(map_categories(table("vegetation"), table(*names), {}).pairs) == {"vegetation": "tree"}
    # The canonical name itself comes before every synonym.
    assert dict(map_categories(table("bush"), table("tree", "vegetation"), {}).pairs) == {"bush": "vegetation"}


def test_users_pairs_override_names_and_synonyms_and_null_is_void_on_purpose():
    extra = {"wall": "building", "train": None, "person": None, "road": "pavement"}
    mapping = map_categories(CITYSCAPES, CAMVID, extra)
    pairs = dict(mapping.pairs)
    assert pairs["wall"] == "building"
    assert pairs["road"] == "pavement"
    assert "person" not in pairs
    assert mapping.lookup[CITYSCAPES.names.index("person")] == VOID
    assert {"wall", "train", "person"}.isdisjoint(mapping.unmapped)
    assert "bus" in mapping.unmapped


def test_shares_are_of_all_pixels_largest_first_and_absent_categories_are_not_listed():
    mapping = map_categories(table("road", "lamp", "fridge", "sofa"), CITYSCAPES, {})
    counts = np.zeros(256, dtype=np.int64)
    counts[[0, 1, 2, VOID]] = 50, 10, 30, 10
    assert mapping.unmapped_shares(counts) == [("fridge", 0.3), ("lamp", 0.1)]


def test_nothing_maps():
    with pytest.raises(
        SimsError, match=r"no category of the layouts has a counterpart.*found lamp, fridge; .*--mapping"
    ):
        map_categories(table("lamp", "fridge"), CITYSCAPES, {})
    with pytest.raises(SimsError, match="no category of the layouts has a counterpart"):
        map_categories(table("road"), CITYSCAPES, {"road": None})


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"rode": "road"}, "'rode' is no category of the layouts' class table; did you mean 'road'"),
        ({"wall": "bilding"}, "'bilding' is no category of the project's class table; did you mean 'building'"),
    ],
)
def test_misspelt_pairs(extra, message):
    with pytest.raises(SimsError, match=message):
        map_categories(CITYSCAPES, CAMVID, extra)


def test_pairs_are_read_from_yaml(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text("wall: building\ntrain: null\ntraffic light: sign symbol\n")
    assert read_name_pairs(path) == {"wall": "building", "train": None, "traffic light": "sign symbol"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- wall\n", "is no mapping of categories"),
        ("", "is no mapping of categories"),
        ("wall: 3\n", "found wall: 3"),
        ("wall: [building]\n", "is no mapping of categories"),
        ("wall: a: b\n", "is not valid YAML"),
        ("wall: building\nwall: fence\n", "is not valid YAML"),
    ],
)
def test_wrong_files_of_pairs(tmp_path, text, message):
    path = tmp_path / "names.yaml"
    path.write_text(text)
    with pytest.raises(SimsError, match=message):
        read_name_pairs(path)
    with pytest.raises(SimsError, match="mapping not found"):
        read_name_pairs(tmp_path / "none.yaml")


def test_every_name_of_a_canonical_category_leads_back_to_it():
    for canonical in CANONICAL.names:
        names = names_of(canonical)
        assert names[0] == canonical
        assert {canonical_name(name) for name in names} == {canonical}
    assert canonical_name("fridge") is None
