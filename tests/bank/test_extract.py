import hashlib
import shutil

import numpy as np
import pytest

from sims_core.bank.extract import ExtractBankConfig, write_bank
from sims_core.bank.ids import BankIds
from sims_core.base.errors import SimsError
from sims_core.base.pictures import decode_mask
from sims_core.formats.bank import BankReader, index_name, segment_id_of
from sims_core.formats.scenes import SceneReader, write_scenes
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.boxes import box_slices
from sims_core.scenes.scene import Scene
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from sims_core.scenes.segments import extract_segments
from tests.support.small_scenes import POLE, make_scene

CONFIG = ExtractBankConfig(grid_height=16, grid_width=32, context_enlargement=0.25)
RETRIEVE = RetrieveConfig(num_candidates=3, context_weight=1.0, one_per_photo=False, banned=(), split_margin=None)
SEGMENTS = SegmentsConfig(min_area_fraction=0.005)


@pytest.fixture(scope="module")
def bank_folder(scenes_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank") / "bank"
    write_bank(folder, scenes_folder, CONFIG)
    return folder


def query(reader, scene_id):
    scene = reader.load(scene_id)
    return SegmentedLayout.of(scene_id, scene.labels, reader.classes, scene.instances)


def test_every_segment_of_every_training_photo_is_stored_exactly(bank_folder, scenes_folder):
    reader, bank = SceneReader(scenes_folder), BankReader(bank_folder)
    total = 0
    rows = [row for name in bank.categories for row in bank.table(name)]
    merged_masks = {row["segment_id"]: decode_mask(row["merged_mask"]["bytes"]) for row in rows}
    for scene in reader.scenes("train"):
        for component, segment in enumerate(extract_segments(scene.labels, reader.classes, scene.instances)):
            name = reader.classes.names[segment.category]
            stored = bank.segment(f"{scene.scene_id}:{component:04d}", name, with_context=True)
            assert stored.box == segment.box
            assert np.array_equal(stored.mask, segment.mask)
            assert np.array_equal(merged_masks[stored.segment_id], segment.merged_mask)
            assert np.array_equal(stored.crop, scene.photo[box_slices(segment.box)])
            assert np.array_equal(stored.context.labels, scene.labels[box_slices(stored.context.box)])
            total += 1
    assert total == sum(bank.manifest["num_segments"].values())
    assert set(bank.manifest["photos"]) == set(reader.ids("train"))
    scene_ids = {scene_id for name in bank.categories for scene_id in bank.table(name).column("scene_id")}
    assert scene_ids == set(reader.ids("train"))


def test_photo_without_segments_is_listed_with_the_reason(tmp_path, classes):
    void = np.full((32, 64), 255, dtype=np.uint8)
    empty = Scene(scene_id="empty", split="train", photo=np.zeros((32, 64, 3), np.uint8), labels=void)
    write_scenes(tmp_path / "scenes", classes, [empty, make_scene("t", "train", 0), make_scene("v", "val", 1)])
    manifest = write_bank(tmp_path / "bank", tmp_path / "scenes", CONFIG)
    assert manifest["skipped"] == {"empty": "no labelled segment"}
    write_scenes(tmp_path / "scenes", classes, [empty, make_scene("v", "val", 1)])
    with pytest.raises(SimsError, match="no training photo has a labelled segment"):
        write_bank(tmp_path / "other", tmp_path / "scenes", CONFIG)
    assert not (tmp_path / "other").exists()


def test_bytes_do_not_depend_on_the_number_of_workers(bank_folder, scenes_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "1")
    write_bank(tmp_path / "bank", scenes_folder, CONFIG)

    def digests(folder):
        return {
            str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.rglob("*")
            if p.is_file()
        }

    assert digests(tmp_path / "bank") == digests(bank_folder)


def test_a_search_index_ranks_segments_by_their_ids_and_names_their_photos(tmp_path, classes):
    scenes = [make_scene(name, "train", number) for number, name in enumerate("cab")]
    write_scenes(tmp_path / "scenes", classes, [*scenes, make_scene("v", "val", 3)])
    write_bank(tmp_path / "bank", tmp_path / "scenes", CONFIG)
    bank = BankReader(tmp_path / "bank")
    index = bank.index("sky")
    num_segments = len(index)
    photos, components, ranks = (
        values[0, :num_segments].tolist() for values in (index.photos, index.components, index.ranks)
    )
    ids = [segment_id_of(bank.photos[photo], component) for photo, component in zip(photos, components, strict=True)]
    stored = bank.table("sky").column("segment_id")
    assert stored != sorted(stored)  # photos come in their own order
    assert [ids[ranks.index(rank)] for rank in range(num_segments)] == sorted(stored)
    assert [bank.segment(segment_id, "sky").segment_id for segment_id in stored] == stored


def test_a_damaged_search_index_is_named_and_not_searched(bank_folder, tmp_path):
    shutil.copytree(bank_folder, tmp_path / "bank")
    path = tmp_path / "bank" / index_name("car")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    bank = BankReader(tmp_path / "bank")
    with pytest.raises(SimsError, match=r"_search_index.arrow: is damaged or another file"):
        bank.index("car")
    assert len(bank.index("sky")) == bank.manifest["num_segments"]["sky"]


def test_own_photo_is_found_only_when_allowed(bank_folder, scenes_folder):
    reader, bank = SceneReader(scenes_folder), BankReader(bank_folder)
    layouts = [query(reader, "t3")]
    allowed = match_layouts(layouts, bank, reader.classes, RETRIEVE, SEGMENTS, exclude_own_photo=False)["t3"]
    excluded = match_layouts(layouts, bank, reader.classes, RETRIEVE, SEGMENTS)["t3"]
    assert len(allowed) == len(layouts[0].segments)
    for component, matches in enumerate(allowed):
        assert matches.component == component
        assert matches.segment_ids[0] == f"t3:{component:04d}"
        assert matches.scores[0] == 2.0
    for matches in excluded:
        assert matches.segment_ids or matches.category == POLE  # a pole elsewhere in the frame is no candidate
        assert not any(segment_id.startswith("t3:") for segment_id in matches.segment_ids)
        assert matches.scores == sorted(matches.scores, reverse=True)
        assert np.allclose(np.add(matches.mask_ious, matches.context_ious), matches.scores)


def test_the_bank_knows_its_photos_and_segments_by_name(bank_folder):
    bank = BankReader(bank_folder)
    ids = BankIds(bank)
    assert ids.photos == {f"t{number}" for number in range(6)}
    by_table = {name: bank.table(name).column("segment_id") for name in bank.categories}
    assert ids.category_of == {segment_id: name for name, ids in by_table.items() for segment_id in ids}
    ids.check_known(["t1", "t2:0003"], "here")
    left = ids.left(frozenset({"t1", "t2:0003"}))
    assert (
        ids.num_banned(frozenset({"t1", "t2:0003"}))
        == len(ids.category_of) - len(left)
        == bank.manifest["photos"]["t1"] + 1
    )
    assert ids.num_banned(frozenset()) == 0
    assert ids.category_of.keys() - left.keys() == {name for name in ids.category_of if name[:3] == "t1:"} | {"t2:0003"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tt2", "here: 'tt2' is neither a photo nor a segment of the bank; did you mean 't2'?"),
        ("t2:3", "did you mean 't2:0003'?"),
        ("tt2:0003", "did you mean 't2:0003'?"),
        ("t2:0099", "did you mean 't2:00"),
        ("zzz", "`sims scenes show --split train` shows photos with their ids"),
        ("zzz:0001", "`sims scenes show --split train` shows photos with their ids"),
    ],
)
def test_unknown_ids_are_refused_with_the_nearest(bank_folder, name, message):
    with pytest.raises(SimsError) as raised:
        BankIds(BankReader(bank_folder)).check_known(["t1", name], "here")
    assert message in str(raised.value)
