"""Training photo and number -> the simulated canvas of that number.

Used by stage `simulate` and, with `canvases: fresh`, by the training itself. The stencils of each segment are retrieved
once and read from data/simulated later (`formats.simulated.read_stencils`): nothing here searches the memory bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sims_core.base.errors import SimsError
from sims_core.base.files import opened_once
from sims_core.base.seeding import random_stream
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.bank import BankSegment, open_bank
from sims_core.formats.depth import DepthReader
from sims_core.formats.scenes import open_scenes
from sims_core.scenes.classes import ClassTable, Role
from sims_core.scenes.depth_maps import DepthMap
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import Segment, extract_segments
from sims_core.simulation.canvas import CanvasSimulationConfig, SimulatedCanvas, simulate_canvas
from sims_core.simulation.depth_order import back_to_front

open_depths = opened_once(DepthReader)


@dataclass(frozen=True)
class PhotoParts:
    """A photo taken apart: all that its variants have in common.

    Attributes:
        scene: The photo, its layout.
        segments: `extract_segments` of the scene.
        back_to_front: Indices of all segments, the farthest first.
    """

    scene: Scene
    segments: Sequence[Segment]
    back_to_front: Sequence[int]


def take_apart(scene: Scene, segments: Sequence[Segment], depth: DepthMap) -> PhotoParts:
    """Put the segments of a photo in order of depth, metric or relative; see `back_to_front`.

    Args:
        scene: The photo, its layout.
        segments: `extract_segments` of the scene.
        depth: Of the scene.
    """
    return PhotoParts(scene, segments, back_to_front(segments, depth))


@dataclass(frozen=True, kw_only=True)
class CanvasSimulator:
    """Makes simulated canvases: a pure function of data, settings, seed, scene id and variant.

    Can be pickled; each process opens the data itself when it first makes a canvas.

    Attributes:
        scenes: data/scenes.
        bank: data/bank, of the same scenes.
        depth: data/depth, of the same scenes.
        config: Strength of the faults.
        elision: As at test time.
        seed: The project's seed.
    """

    scenes: Path
    bank: Path
    depth: Path
    config: CanvasSimulationConfig
    elision: ElisionConfig
    seed: int

    def parts(self, scene_id: str) -> PhotoParts:
        """Load a photo and take it apart.

        Raises:
            SimsError: Scenes or depth are missing or damaged.
        """
        reader = open_scenes(self.scenes)
        scene = reader.load(scene_id)
        segments = extract_segments(scene.labels, reader.classes, scene.instances)
        return take_apart(scene, segments, open_depths(self.depth).load(scene_id))

    def simulate(self, parts: PhotoParts, variant: int, stencils: Mapping[int, Sequence[str]]) -> SimulatedCanvas:
        """Simulate one canvas of a training photo.

        Args:
            parts: The photo, taken apart.
            variant: Any number; each has its own random stream.
            stencils: By component of the photo, the bank segments to draw from (at least one each); segments
                without any stay holes.

        Raises:
            SimsError: The bank is missing or damaged, or the stencils are not of these scenes.
        """
        classes = open_scenes(self.scenes).classes
        stream = random_stream(self.seed, "simulate", "canvas", parts.scene.scene_id, variant)
        chosen = self._draw(parts, stencils, classes, stream)
        return simulate_canvas(
            parts.scene, parts.segments, parts.back_to_front, chosen, classes, self.config, self.elision, stream
        )

    def _draw(
        self,
        parts: PhotoParts,
        stencils: Mapping[int, Sequence[str]],
        classes: ClassTable,
        stream: np.random.Generator,
    ) -> dict[int, BankSegment]:
        bank = open_bank(self.bank)
        chosen = {}
        for component, segment_ids in sorted(stencils.items()):
            if component >= len(parts.segments):
                raise SimsError(
                    self.scenes,
                    f"scene '{parts.scene.scene_id}' does not fit its stencils",
                    expected=f"a component {component}",
                    found=f"{len(parts.segments)} components",
                    remedy="run stage 'simulate' again",
                )
            category = classes.categories[parts.segments[component].category]
            is_ground = category.role is Role.PLANAR
            chosen[component] = bank.segment(str(stream.choice(segment_ids)), category.name, with_context=is_ground)
        return chosen
