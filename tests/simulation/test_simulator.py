import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sims_core.base.errors import SimsError
from sims_core.base.import_closure import closure
from sims_core.formats.bank import BankReader
from sims_core.formats.scenes import SceneReader
from sims_core.formats.simulated import SIMULATED_CANVASES, read_stencils
from sims_core.formats.tables import image_cell
from sims_core.scenes.boxes import place
from sims_core.scenes.depth_maps import MetricDepth
from sims_core.scenes.segments import extract_segments
from sims_core.simulation.simulator import take_apart
from sims_core.simulation.tables import write_simulated
from tests.support.project import ROOT
from tests.support.small_scenes import CAR, POLE, ROAD, SKY, TREE
from tests.support.small_simulation import NUM_VARIANTS, make_simulation, rows_of

NAMES = ("canvas", "known", "layout")


@pytest.fixture(scope="module")
def simulation(scenes_folder, tmp_path_factory):
    """Colours are transferred too: all draws of a canvas take part."""
    made = make_simulation(tmp_path_factory.mktemp("simulation"), scenes_folder)
    canvas = made.config.canvas.model_copy(update={"colour_transfer_probability": 0.5})
    return replace(made, config=made.config.model_copy(update={"canvas": canvas}))


@pytest.fixture(scope="module")
def folder(simulation, tmp_path_factory):
    written = tmp_path_factory.mktemp("simulated") / "simulated"
    write_simulated(written, simulation)
    return written


@pytest.fixture(scope="module")
def simulator(simulation):
    return simulation.canvas_simulator


@pytest.fixture(scope="module")
def stencils(folder):
    return read_stencils(folder / "stencils")


def simulate(simulator, scene_id, variant, stencils):
    return simulator.simulate(simulator.parts(scene_id), variant, stencils)


def cells(simulated):
    return {name: image_cell(getattr(simulated, name)) for name in NAMES}


def test_every_canvas_of_the_artifact_is_made_again_to_the_byte(folder, simulator, stencils):
    rows = rows_of(folder, SIMULATED_CANVASES, "canvases")
    assert len(rows) == 6 * NUM_VARIANTS
    # Backwards, so that nothing depends on what was made before.
    for row in reversed(rows):
        again = simulate(simulator, row["scene_id"], row["variant"], stencils[row["scene_id"]])
        assert cells(again) == {name: row[name] for name in NAMES}


@settings(max_examples=20)
@given(
    variants=st.lists(st.integers(0, 10**9), min_size=2, max_size=3, unique=True),
    scene_id=st.sampled_from([f"t{i}" for i in range(6)]),
)
def test_no_two_variants_are_alike(simulator, stencils, variants, scene_id):
    made = [cells(simulate(simulator, scene_id, variant, stencils[scene_id])) for variant in variants]
    assert len({str(each["canvas"]) for each in made}) == len(variants)


@settings(max_examples=20)
@given(variant=st.integers(0, 10**9), data=st.data())
def test_order_of_the_stencils_does_not_matter(simulator, stencils, variant, data):
    shuffled = dict(data.draw(st.permutations(list(stencils["t0"].items()))))
    assert cells(simulate(simulator, "t0", variant, shuffled)) == cells(
        simulate(simulator, "t0", variant, stencils["t0"])
    )


def test_another_process_makes_the_same_canvases(simulator, stencils):
    simulate(simulator, "t1", 0, stencils["t1"])  # readers are open here, and do not travel
    tasks = [("t1", 5, stencils["t1"]), ("t2", 0, stencils["t2"])]
    again = pickle.loads(pickle.dumps(simulator))  # noqa: S301
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        elsewhere = list(pool.map(partial(simulate, again), *zip(*tasks, strict=True)))
    assert [cells(made) for made in elsewhere] == [cells(simulate(simulator, *task)) for task in tasks]


def test_seed_and_scene_have_streams_of_their_own(simulator, stencils):
    first = cells(simulate(simulator, "t0", 0, stencils["t0"]))
    assert cells(simulate(replace(simulator, seed=1), "t0", 0, stencils["t0"])) != first
    parts = simulator.parts("t0")
    renamed = replace(parts, scene=replace(parts.scene, scene_id="another"))
    assert cells(simulator.simulate(renamed, 0, stencils["t0"])) != first


def test_every_given_stencil_is_drawn_and_no_other(simulator, stencils):
    elision = {name: 0 for name in type(simulator.elision).model_fields}
    bare = replace(simulator, elision=simulator.elision.model_copy(update=elision))
    reader, bank = SceneReader(simulator.scenes), BankReader(simulator.bank)
    scene = reader.load("t0")
    for component, segment_ids in stencils["t0"].items():
        own = simulator.parts("t0").segments[component]
        given = [bank.segment(one, reader.classes.names[own.category], with_context=True) for one in segment_ids]
        allowed = [own.full_mask(scene.labels.shape) & place(s.mask, s.box, scene.labels.shape) for s in given]
        made = [simulate(bare, "t0", variant, {component: segment_ids}).known for variant in range(30)]
        assert {known.tobytes() for known in made} == {known.tobytes() for known in allowed}
    assert not simulate(bare, "t0", 0, {}).known.any()


def test_parts_are_all_segments_from_far_to_near(simulation, simulator):
    reader = SceneReader(simulation.scenes)
    scene = reader.load("t0")
    parts = simulator.parts("t0")
    assert np.array_equal(parts.scene.photo, scene.photo)
    # Median depths: infinite, 15 m, 6 m, 4 m, and of the road, most of which lies before the car, less than 4 m.
    assert [parts.segments[i].category for i in parts.back_to_front] == [SKY, TREE, POLE, CAR, ROAD]
    segments = extract_segments(scene.labels, reader.classes, scene.instances)
    depth_m = np.full(scene.labels.shape, 7, dtype=np.float32)
    depth = MetricDepth(depth_m, "sensor")
    assert take_apart(scene, segments, depth).back_to_front == list(range(len(segments)))
    depth_m[scene.labels == SKY] = 0  # unknown
    assert take_apart(scene, segments, depth).back_to_front[-1] == 0


def test_stencils_of_other_scenes_are_named(simulator, stencils):
    with pytest.raises(SimsError, match=r"'t0' does not fit its stencils, expected a component 40, .*'simulate' again"):
        simulate(simulator, "t0", 0, {40: ["t1:0000"]})
    other_category = next(iter(reversed(stencils["t0"].values())))
    with pytest.raises(SimsError, match="no segment 't"):
        simulate(simulator, "t0", 0, {0: other_category})


@pytest.mark.parametrize(
    ("missing", "stage"), [("scenes", "prepare"), ("bank", "extract_bank"), ("depth", "estimate_depth")]
)
def test_missing_input_is_named_with_the_stage_that_makes_it(simulator, stencils, tmp_path, missing, stage):
    lost = replace(simulator, **{missing: tmp_path / "nothing"})
    with pytest.raises(SimsError, match=f"run stage '{stage}' first"):
        simulate(lost, "t0", 0, stencils["t0"])


def test_missing_stencils_are_named_with_the_stage_that_makes_them(tmp_path):
    with pytest.raises(SimsError, match="run stage 'simulate' first"):
        read_stencils(tmp_path)


def test_a_training_that_makes_canvases_does_not_depend_on_retrieval():
    imported = closure(ROOT, Path("sims_core/simulation/simulator.py"))
    assert Path("sims_core/simulation/canvas.py") in imported
    assert "retrieval" not in {path.parts[1] for path in imported}
    unused = {"simulation/transform_pairs", "simulation/tables", "base/parallel"}
    assert not imported & {Path("sims_core") / f"{module}.py" for module in unused}
