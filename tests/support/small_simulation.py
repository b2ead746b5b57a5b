"""What the tests of the simulation share: settings for frames of 32 x 64 pixels, bank and depth of the scenes."""

from sims_core.bank.extract import ExtractBankConfig, write_bank
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.depth import write_depth_maps
from sims_core.formats.scenes import SceneReader
from sims_core.formats.tables import TableReader
from sims_core.scenes.depth_maps import MetricDepth
from sims_core.scenes.segmented_layout import SegmentsConfig
from sims_core.simulation.canvas import CanvasSimulationConfig
from sims_core.simulation.tables import Simulation, SimulationConfig
from sims_core.simulation.transform_pairs import TransformPairsConfig

NUM_VARIANTS, NUM_PER_SEGMENT, NUM_STENCILS = 3, 2, 3
CONFIG = SimulationConfig(
    num_variants=NUM_VARIANTS,
    min_depth_ratio=1.1,
    min_disparity_fraction=0.05,
    transform=TransformPairsConfig(
        num_per_segment=NUM_PER_SEGMENT,
        max_rotation_deg=8,
        max_scale_change=0.25,
        max_translation_fraction=0.1,
        max_clip_fraction=0,
    ),
    canvas=CanvasSimulationConfig(
        num_stencils=NUM_STENCILS,
        colour_transfer_probability=0,
        max_resampling_scale_change=0,  # known pixels are the photo's own
        max_layout_rotation_deg=2.5,
        max_layout_shift_fraction=0.034,
    ),
)
GRID = ExtractBankConfig(grid_height=32, grid_width=64, context_enlargement=0.25)
ELISION = ElisionConfig(
    inner_band_fraction=0.05,
    inner_probability=0.5,
    outer_band_fraction=0.1,
    outer_reach_fraction=0.2,
    shadow_band_fraction=0.1,
    foliage_band_fraction=0.1,
)


def make_simulation(folder, scenes_folder):
    """A bank whose grid is the frame, and the scenes' own depth."""
    write_bank(folder / "bank", scenes_folder, GRID)
    reader = SceneReader(scenes_folder)
    scenes = [*reader.scenes("train"), *reader.scenes("val")]
    write_depth_maps(folder / "depth", [(scene.scene_id, MetricDepth(scene.depth_m, "sensor")) for scene in scenes])
    return Simulation(
        scenes=scenes_folder,
        bank=folder / "bank",
        depth=folder / "depth",
        config=CONFIG,
        segments=SegmentsConfig(min_area_fraction=0.02),
        elision=ELISION,
        seed=0,
    )


def rows_of(folder, table_format, name):
    return list(TableReader(folder / name, table_format))
