"""Simulated canvases: what a canvas would look like whose right answer is known.

Paper section 5; reference, section 5. A training photo is taken apart and pasted together again from its own
pixels, with the faults that a real canvas has: each segment keeps only the pixels that a similar segment of
another photo would have covered (stencilling), some take that segment's colours, borders are elided as at test
time, and the layout is perturbed. Beyond the paper, each segment is resampled, as the alignment of retrieved
segments does: the network learns to make them sharp again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sims_core.base.parameters import Section
from sims_core.composition.elision import ElisionConfig, contact_band, elide_patch, shadow_band
from sims_core.composition.pasting import WorkingCanvas
from sims_core.formats.bank import BankSegment
from sims_core.scenes.affine import invert, random_theta, warp_mask, warp_segment
from sims_core.scenes.boxes import box_slices, place
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import Segment
from sims_core.simulation.colour_transfer import transfer_colours


class CanvasSimulationConfig(Section):
    """Faults of a simulated canvas.

    A segment's stencil is drawn among its `num_stencils` best matches in other photos (one per photo, by mask
    IoU). With `colour_transfer_probability` a segment takes its stencil's colours. Each is scaled by up to
    `max_resampling_scale_change` and back, which softens it as alignment does. The layout's segments turn by up
    to `max_layout_rotation_deg` and move by up to `max_layout_shift_fraction` of their size; what they then cover of
    farther segments becomes void.
    """

    num_stencils: int = Field(ge=1, le=100)
    colour_transfer_probability: float = Field(ge=0, le=1)
    max_resampling_scale_change: float = Field(ge=0, le=4)
    max_layout_rotation_deg: float = Field(ge=0, le=45)
    max_layout_shift_fraction: float = Field(ge=0, le=1)


@dataclass(frozen=True)
class SimulatedCanvas:
    """A canvas and the layout to be shown with it.

    Attributes:
        canvas: (H, W, 3) uint8 RGB; black = hole, white = elided.
        known: (H, W) bool, True where the canvas carries photo content.
        layout: (H, W) uint8 labels with noise, 255 = void.
    """

    canvas: NDArray[np.uint8]
    known: NDArray[np.bool_]
    layout: NDArray[np.uint8]


def simulate_canvas(
    scene: Scene,
    segments: Sequence[Segment],
    back_to_front: Sequence[int],
    stencils: Mapping[int, BankSegment],
    classes: ClassTable,
    config: CanvasSimulationConfig,
    elision: ElisionConfig,
    stream: np.random.Generator,
) -> SimulatedCanvas:
    """Simulate the canvas of one photo; a pure function of its arguments.

    Args:
        scene: The photo, its layout.
        segments: `extract_segments` of the scene.
        back_to_front: Indices of all segments, the farthest first.
        stencils: By segment index, a segment of the same category from another photo of the same frame; segments
            without one stay holes.
        classes: Roles decide what is elided.
        config: Strength of the faults.
        elision: As at test time.
        stream: Where the numbers come from.
    """
    shape = (scene.labels.shape[0], scene.labels.shape[1])
    canvas = WorkingCanvas(shape)
    layout = scene.labels.copy()
    for index in back_to_front:
        segment = segments[index]
        own = segment.full_mask(shape)
        if index in stencils:
            stencil = stencils[index]
            covered = place(stencil.mask, stencil.box, shape)
            shadow = place(shadow_band(stencil, classes, elision), stencil.box, shape)
            role = classes.categories[segment.category].role
            patch = elide_patch(own & covered, shadow, role, elision, stream)
            rgb = _coloured(scene.photo, patch.kept, own, stencil, config, stream)
            canvas.paste(_resampled(rgb, segment, config, stream), patch, index + 1)
            theta = _layout_noise(segment, shape, config, stream)
            layout[(covered | warp_mask(own, theta)) & ~own] = VOID
        layout[own] = segment.category
    canvas.punch(contact_band(scene.labels, classes, elision))
    return SimulatedCanvas(canvas.pixels, canvas.known, layout)


def _coloured(
    photo: NDArray[np.uint8],
    kept: NDArray[np.bool_],
    own: NDArray[np.bool_],
    stencil: BankSegment,
    config: CanvasSimulationConfig,
    stream: np.random.Generator,
) -> NDArray[np.uint8]:
    """Return the photo, its kept pixels in the colours of the stencil's photo where the draw says so.

    The palettes are those of the two segments; the released code takes their whole boxes, neighbours included.
    """
    if stream.random() >= config.colour_transfer_probability:
        return photo
    coloured = photo.copy()
    coloured[kept] = transfer_colours(photo[kept], photo[own], stencil.crop[stencil.mask])
    return coloured


def _resampled(
    rgb: NDArray[np.uint8], segment: Segment, config: CanvasSimulationConfig, stream: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the picture, the segment scaled about its centre and back in it; pixels lost on the way stay."""
    rows, columns = box_slices(segment.box)
    # Room to grow in, on all sides.
    margin_px = 2 + round(config.max_resampling_scale_change * max(segment.mask.shape))
    mask = np.pad(segment.mask, margin_px)
    crop = np.pad(rgb[rows, columns], ((margin_px, margin_px), (margin_px, margin_px), (0, 0)))
    theta = random_theta(
        (margin_px, margin_px, margin_px + segment.mask.shape[0], margin_px + segment.mask.shape[1]),
        (mask.shape[0], mask.shape[1]),
        max_rotation_deg=0.0,
        max_scale_change=config.max_resampling_scale_change,
        max_translation_fraction=0.0,
        stream=stream,
    )
    returned, found = warp_segment(*warp_segment(crop, mask, invert(theta)), theta)
    resampled = rgb.copy()
    inner = (slice(margin_px, -margin_px), slice(margin_px, -margin_px))
    kept = segment.mask & found[inner]
    resampled[rows, columns][kept] = returned[inner][kept]
    return resampled


def _layout_noise(
    segment: Segment, shape: tuple[int, int], config: CanvasSimulationConfig, stream: np.random.Generator
) -> NDArray[np.float64]:
    return random_theta(
        segment.box,
        shape,
        max_rotation_deg=config.max_layout_rotation_deg,
        max_scale_change=0.0,
        max_translation_fraction=config.max_layout_shift_fraction,
        stream=stream,
    )
