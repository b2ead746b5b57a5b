from dataclasses import replace

import numpy as np
import pytest

from sims_core.bank.extract import write_bank
from sims_core.base.artifacts import ARTIFACT_CARD
from sims_core.base.errors import SimsError
from sims_core.base.parallel import parallel_map
from sims_core.base.pictures import decode_mask, decode_png
from sims_core.composition.class_prior import class_prior
from sims_core.evaluation.run.ordering import evaluate_ordering
from sims_core.formats.bank import BankReader
from sims_core.formats.class_prior import count_pairs
from sims_core.formats.depth import DepthReader, write_depth_maps
from sims_core.formats.scenes import SceneReader, write_scenes
from sims_core.formats.simulated import (
    ORDERING_PAIRS,
    SIMULATED_CANVASES,
    STENCILS,
    TRANSFORM_PAIRS,
    read_stencils,
)
from sims_core.formats.tables import TableReader
from sims_core.retrieval import scene_matches
from sims_core.scenes.boxes import place
from sims_core.scenes.depth_maps import relative_depth
from sims_core.scenes.masks import dilate
from sims_core.scenes.scene import Scene
from sims_core.scenes.segmented_layout import is_large
from sims_core.scenes.segments import extract_segments
from sims_core.simulation import tables as simulation_module
from sims_core.simulation.depth_order import ordered_pairs
from sims_core.simulation.tables import find_stencils, write_simulated
from tests.support.frames import warp_mask
from tests.support.project import digests
from tests.support.small_scenes import CAR, ROAD
from tests.support.small_simulation import (
    CONFIG,
    GRID,
    NUM_PER_SEGMENT,
    NUM_STENCILS,
    NUM_VARIANTS,
    make_simulation,
    rows_of,
)


@pytest.fixture(scope="module")
def simulation(scenes_folder, tmp_path_factory):
    return make_simulation(tmp_path_factory.mktemp("simulation"), scenes_folder)


@pytest.fixture(scope="module")
def simulated(simulation, tmp_path_factory):
    """What two workers wrote, and the counts."""
    folder = tmp_path_factory.mktemp("simulated") / "simulated"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMS_WORKERS", "2")
        counts = write_simulated(folder, simulation)
    return folder, counts


def segments_of(reader, scene_id):
    scene = reader.load(scene_id)
    return extract_segments(scene.labels, reader.classes, scene.instances)


def large(segments, shape, simulation):
    return [i for i, segment in enumerate(segments) if is_large(segment.area_px, shape, simulation.segments)]


def test_stencils_are_the_best_masks_of_other_photos(simulation):
    reader, bank = SceneReader(simulation.scenes), BankReader(simulation.bank)
    stencils = find_stencils(reader.ids("train"), simulation)
    assert list(stencils) == reader.ids("train")
    some_small = False
    for scene_id, found in stencils.items():
        segments = segments_of(reader, scene_id)
        shape = reader.load(scene_id).labels.shape
        some_small |= len(large(segments, shape, simulation)) < len(segments)
        assert set(found) <= set(large(segments, shape, simulation))
        for index in large(segments, shape, simulation):
            best = {}
            name = reader.classes.names[segments[index].category]
            for stored in (bank.segment(each, name) for each in bank.table(name).column("segment_id")):
                own, other = segments[index].full_mask(shape), place(stored.mask, stored.box, shape)
                hit = (-(own & other).sum() / (own | other).sum(), stored.segment_id)
                if hit[0] < 0 and stored.scene_id != scene_id:
                    best[stored.scene_id] = min(hit, best.get(stored.scene_id, hit))
            expected = [segment_id for _, segment_id in sorted(best.values())[:NUM_STENCILS]]
            assert found.get(index, []) == expected
    assert some_small


def test_a_photo_lends_one_stencil_however_many_of_its_segments_fit(simulation, classes, tmp_path):
    def cars(*boxes):
        labels = np.full((32, 64), ROAD, dtype=np.uint8)
        for left, right in boxes:
            labels[10:20, left:right] = CAR
        return labels

    layouts = {"asks": cars((10, 50)), "two": cars((10, 28), (30, 50)), "one": cars((10, 20))}
    photo = np.zeros((32, 64, 3), dtype=np.uint8)
    scenes = [Scene(scene_id=name, split="train", photo=photo, labels=labels) for name, labels in layouts.items()]
    write_scenes(tmp_path / "scenes", classes, [*scenes, replace(scenes[0], scene_id="v", split="val")])
    write_bank(tmp_path / "bank", tmp_path / "scenes", GRID)
    there = replace(simulation, scenes=tmp_path / "scenes", bank=tmp_path / "bank")
    assert find_stencils(["asks"], there)["asks"] == {0: ["two:0000", "one:0000"], 1: ["two:0002", "one:0001"]}


@pytest.mark.parametrize("scenes_at_once", [1, 4])
def test_stencils_are_the_same_however_many_scenes_are_held(simulation, scenes_at_once, monkeypatch):
    monkeypatch.setattr(scene_matches, "_SCENES_AT_ONCE", scenes_at_once)
    scene_ids = SceneReader(simulation.scenes).ids("train")
    found = find_stencils(scene_ids, simulation)
    assert found == find_stencils(scene_ids, simulation)
    assert list(found) == scene_ids


def test_stencils_of_training_photos_are_written_as_they_were_found(simulation, simulated):
    reader, bank = SceneReader(simulation.scenes), BankReader(simulation.bank)
    rows = rows_of(simulated[0], STENCILS, "stencils")
    training = reader.ids("train")
    places = [(training.index(row["scene_id"]), row["component"]) for row in rows]
    assert places == sorted(set(places))
    assert {scene for scene, _ in places} == set(range(len(training)))
    for row in rows:
        category = segments_of(reader, row["scene_id"])[row["component"]].category
        found = [bank.segment(segment_id, reader.classes.names[category]) for segment_id in row["segment_ids"]]
        photos = [segment.scene_id for segment in found]
        assert 0 < len(photos) == len(set(photos)) <= NUM_STENCILS
        assert row["scene_id"] not in photos
    assert read_stencils(simulated[0] / "stencils") == find_stencils(training, simulation)


def test_counts_are_those_of_the_tables(simulated):
    folder, counts = simulated
    assert counts["num_canvases"] == len(rows_of(folder, SIMULATED_CANVASES, "canvases")) == 6 * NUM_VARIANTS
    for name, table_format in (("transform", TRANSFORM_PAIRS), ("ordering", ORDERING_PAIRS)):
        splits = [row["split"] for row in rows_of(folder, table_format, name)]
        for split in ("train", "val"):
            assert counts[f"num_{name}_pairs_{split}"] == splits.count(split) > 0


def test_canvases_are_made_of_training_photos_only(simulation, simulated):
    rows = rows_of(simulated[0], SIMULATED_CANVASES, "canvases")
    training = SceneReader(simulation.scenes).ids("train")
    assert [(row["scene_id"], row["variant"]) for row in rows] == [
        (scene_id, variant) for scene_id in training for variant in range(NUM_VARIANTS)
    ]


def test_canvases_show_their_photo_where_known(simulation, simulated):
    reader = SceneReader(simulation.scenes)
    different = set()
    for row in rows_of(simulated[0], SIMULATED_CANVASES, "canvases"):
        scene = reader.load(row["scene_id"])
        canvas, known = decode_png(row["canvas"]["bytes"]), decode_mask(row["known"]["bytes"])
        layout = decode_png(row["layout"]["bytes"])
        assert 0.2 < known.mean() < 1
        assert np.array_equal(canvas[known], scene.photo[known])
        assert np.isin(canvas[~known], (0, 255)).all()
        assert ((layout == scene.labels) | (layout == 255)).all()
        different.add(row["canvas"]["bytes"])
    assert len(different) == 6 * NUM_VARIANTS


def test_transform_pairs_lead_back_to_every_large_segment(simulation, simulated):
    reader = SceneReader(simulation.scenes)
    rows = rows_of(simulated[0], TRANSFORM_PAIRS, "transform")
    expected = []
    for split in ("train", "val"):
        for scene_id in reader.ids(split):
            segments = segments_of(reader, scene_id)
            for index in large(segments, reader.load(scene_id).labels.shape, simulation):
                expected += [(scene_id, split, index, segments[index].category)] * NUM_PER_SEGMENT
    assert [(row["scene_id"], row["split"], row["component"], row["category_id"]) for row in rows] == expected
    assert len({tuple(row["theta"]) for row in rows}) == len(rows)
    # How far a segment turns and grows does not depend on its size: equal draws would show.
    assert len({tuple(np.round(np.delete(row["theta"], (2, 5)), 6)) for row in rows}) == len(rows)
    for row in rows:
        scene = reader.load(row["scene_id"])
        target_mask, target = decode_mask(row["target_mask"]["bytes"]), decode_png(row["target"]["bytes"])
        assert np.array_equal(target, scene.photo * target_mask[..., None])
        assert np.array_equal(decode_png(row["layout"]["bytes"]), scene.labels)
        segment_mask = decode_mask(row["segment_mask"]["bytes"])
        back = warp_mask(segment_mask, np.array(row["theta"]).reshape(2, 3))
        assert not (back & ~dilate(target_mask, 1)).any()
        assert (back & target_mask).sum() > 0.5 * target_mask.sum()
        assert not decode_png(row["segment"]["bytes"])[~segment_mask].any()


def test_ordering_pairs_are_those_of_depth_and_rule(simulation, simulated):
    reader, depths = SceneReader(simulation.scenes), DepthReader(simulation.depth)
    rows = rows_of(simulated[0], ORDERING_PAIRS, "ordering")
    expected = []
    for split in ("train", "val"):
        for scene_id in reader.ids(split):
            segments, depth = segments_of(reader, scene_id), depths.load(scene_id)
            components = large(segments, depth.depth_m.shape, simulation)
            expected += [
                (scene_id, split, pair.component_a, pair.component_b, pair.b_in_front, pair.by_rule)
                for pair in ordered_pairs(segments, components, depth, reader.classes, CONFIG.margins)
            ]
    names = ("scene_id", "split", "component_a", "component_b", "b_in_front", "by_rule")
    assert [tuple(row[name] for name in names) for row in rows] == expected
    for row in rows:
        segments = segments_of(reader, row["scene_id"])
        for side in "ab":
            segment = segments[row[f"component_{side}"]]
            assert row[f"category_{side}"] == segment.category
            mask = decode_mask(row[f"mask_{side}"]["bytes"])
            assert np.array_equal(mask, segment.full_mask(mask.shape))
        assert (row["depth_source"], row["depth_kind"]) == ("sensor", "metric")
        assert None not in (row["depth_a_m"], row["depth_b_m"])
        assert (row["disparity_a"], row["disparity_b"]) == (None, None)


def test_relative_depth_gives_the_same_canvases_and_pairs_as_the_depth_that_it_is_of(simulation, simulated, tmp_path):
    """Inverse depth orders as depth does; pairs differ only where the margins do, and there are none here."""
    reader = SceneReader(simulation.scenes)
    depths = []
    for split in ("train", "val"):
        for scene in reader.scenes(split):
            sky = np.isinf(scene.depth_m)
            disparity = (7 / np.where(sky, 1, scene.depth_m) - 3).astype(np.float32)
            depths.append((scene.scene_id, relative_depth(disparity, sky, "transformers")))
    write_depth_maps(tmp_path / "depth", depths)
    there = replace(
        simulation, depth=tmp_path / "depth", config=CONFIG.model_copy(update={"min_disparity_fraction": 0.001})
    )
    write_simulated(tmp_path / "simulated", there)
    made, before = digests(tmp_path / "simulated"), digests(simulated[0])
    changed = [name for name in made if made[name] != before[name] and not name.endswith(ARTIFACT_CARD)]
    assert changed == ["ordering/ordering-00000.parquet"]
    names = ("scene_id", "component_a", "component_b", "b_in_front", "by_rule")
    rows = rows_of(tmp_path / "simulated", ORDERING_PAIRS, "ordering")
    assert [[row[name] for name in names] for row in rows] == [
        [row[name] for name in names] for row in rows_of(simulated[0], ORDERING_PAIRS, "ordering")
    ]
    for row in rows:
        assert (row["depth_source"], row["depth_kind"]) == ("transformers", "relative")
        assert (row["depth_a_m"], row["depth_b_m"]) == (None, None)
        if not row["by_rule"]:
            assert (row["disparity_b"] > row["disparity_a"]) == row["b_in_front"]
    assert {"true_depth", "rule"} == references(simulated[0], reader.classes, "simulation.min_depth_ratio")
    assert {"relative_depth", "rule"} == references(
        tmp_path / "simulated", reader.classes, "simulation.min_disparity_fraction of the picture's range"
    )


class Undecided:
    """An ordering network that knows nothing."""

    def predict(self, firsts, seconds, layout, categories_a, categories_b):
        return np.full(len(firsts), 0.5, dtype=np.float32)


def references(folder, classes, margin):
    """What the order of held-out pairs is measured against; `margin` is named in the protocol."""
    pairs = TableReader(folder / "ordering", ORDERING_PAIRS)
    found = evaluate_ordering(pairs, Undecided(), class_prior(count_pairs(len(classes), []), classes), "abc")
    assert margin in found["protocol"]["ambiguous"]
    return {name for name, figures in found.items() if isinstance(figures, dict)} - {"protocol"}


def test_number_of_workers_does_not_matter_and_the_seed_does(simulation, simulated, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "1")
    write_simulated(tmp_path / "one", simulation)
    assert digests(tmp_path / "one") == digests(simulated[0])
    write_simulated(tmp_path / "other", replace(simulation, seed=1))
    changed = digests(tmp_path / "other")
    assert set(changed) == set(digests(tmp_path / "one"))
    for name, digest in digests(tmp_path / "one").items():
        assert (changed[name] == digest) == name.startswith(("ordering", "stencils"))


def test_other_canvases_leave_the_pairs_as_they_are(simulation, simulated, tmp_path):
    canvas = CONFIG.canvas.model_copy(update={"colour_transfer_probability": 1.0, "num_stencils": NUM_STENCILS - 1})
    config = CONFIG.model_copy(update={"canvas": canvas})
    elision = simulation.elision.model_copy(update={"inner_band_fraction": 0.0})
    write_simulated(tmp_path / "other", replace(simulation, config=config, elision=elision))
    changed, before = digests(tmp_path / "other"), digests(simulated[0])
    assert {name.split("/")[0] for name in before if changed[name] != before[name]} == {"canvases", "stencils"}


def test_shards_are_written_while_scenes_are_still_worked_on(simulation, tmp_path, monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "1")
    transform = CONFIG.transform.model_copy(update={"num_per_segment": 30})
    many = replace(simulation, config=CONFIG.model_copy(update={"transform": transform}))
    written = []

    def watched(*arguments):
        for rows in parallel_map(*arguments):
            written.append(len(list(tmp_path.glob(".sims-*/new/simulated/transform/*.parquet"))))
            yield rows

    monkeypatch.setattr(simulation_module, "parallel_map", watched)
    counts = write_simulated(tmp_path / "simulated", many)
    num_full = (counts["num_transform_pairs_train"] + counts["num_transform_pairs_val"]) // 256
    assert written[0] == 0 < num_full - 1 <= written[-1]


@pytest.mark.parametrize(
    ("missing", "stage"), [("scenes", "prepare"), ("bank", "extract_bank"), ("depth", "estimate_depth")]
)
def test_missing_input_is_named_with_the_stage_that_makes_it(simulation, tmp_path, monkeypatch, missing, stage):
    monkeypatch.setenv("SIMS_WORKERS", "1")
    with pytest.raises(SimsError, match=f"run stage '{stage}' first"):
        write_simulated(tmp_path / "simulated", replace(simulation, **{missing: tmp_path / "nothing"}))
    assert not (tmp_path / "simulated").exists()
