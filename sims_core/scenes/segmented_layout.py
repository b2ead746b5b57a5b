"""A label map -> the layout in segments, of which those above a minimum size take part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sims_core.base.parameters import Section
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import Segment, extract_segments


class SegmentsConfig(Section):
    """Which segments take part in retrieval, simulation and composition.

    `min_area_fraction` is a share of the frame: a segment takes part when its area is strictly
    above it (the released code: 1000 px of 256x512 = 0.0076).
    """

    min_area_fraction: float = Field(ge=0, lt=1)


def is_large(area_px: int, shape: tuple[int, int], config: SegmentsConfig) -> bool:
    """Return whether a segment takes part (see `SegmentsConfig.min_area_fraction`)."""
    return area_px > config.min_area_fraction * shape[0] * shape[1]


@dataclass(frozen=True)
class SegmentedLayout:
    """A layout and its segments, its components.

    Attributes:
        name: Of the layout; a photo of the same name in the bank is not used for it.
        labels: (H, W) uint8 category ids, 255 = void.
        segments: `extract_segments` of the layout; the number of a component is its index here.
    """

    name: str
    labels: NDArray[np.uint8]
    segments: list[Segment]

    @classmethod
    def of(
        cls, name: str, labels: NDArray[np.uint8], classes: ClassTable, instances: NDArray[np.uint16] | None = None
    ) -> SegmentedLayout:
        """Cut a layout into its segments; arguments as in `extract_segments`."""
        return cls(name, labels, extract_segments(labels, classes, instances))

    @classmethod
    def of_scene(cls, scene: Scene, classes: ClassTable) -> SegmentedLayout:
        """Cut the layout of a scene into its segments, named after the scene."""
        return cls.of(scene.scene_id, scene.labels, classes, scene.instances)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.labels.shape[0], self.labels.shape[1]

    def large(self, config: SegmentsConfig) -> list[int]:
        """Return the components that take part, ascending."""
        return [i for i, segment in enumerate(self.segments) if is_large(segment.area_px, self.shape, config)]
