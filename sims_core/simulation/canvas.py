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
from sims_core.composition.elision import ElidedPatch, ElisionConfig, contact_band, elide_patch, shadow_band
from sims_core.composition.pasting import WorkingCanvas
from sims_core.formats.bank import BankSegment
from sims_core.scenes.affine import invert, random_theta, warp_mask, warp_segment
from sims_core.scenes.boxes import Shape, box_slices, seen_through, slices_within, whole_frame
from sims_core.scenes.classes import VOID, ClassTable, Role
from sims_core.scenes.placed import PlacedMask, PlacedSegment, overlap
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
        if index in stencils:
            stencil = stencils[index]
            patch = _stencilled(segment, stencil, classes, elision, shape, stream)
            rgb = _coloured(scene.photo, patch, segment, stencil, config, stream)
            rgb = _resampled(rgb, segment, config, stream)
            canvas.paste(rgb[slices_within(patch.box, segment.box)], patch, index + 1)
            moved = warp_mask(segment.place, _layout_noise(segment, shape, config, stream), shape)
            for placed in (PlacedMask(stencil.box, stencil.mask), moved):
                beyond = placed.mask & ~segment.place.within(placed.box)
                layout[box_slices(placed.box)][beyond] = VOID
        layout[box_slices(segment.box)][segment.mask] = segment.category
    canvas.punch(contact_band(scene.labels, classes, elision), whole_frame(shape))
    return SimulatedCanvas(canvas.pixels, canvas.known, layout)


def _stencilled(
    segment: Segment,
    stencil: BankSegment,
    classes: ClassTable,
    elision: ElisionConfig,
    shape: Shape,
    stream: np.random.Generator,
) -> ElidedPatch:
    """Return what is pasted of a segment: what its stencil would have covered, elided like the stencil's photo."""
    role = classes.categories[segment.category].role
    support = overlap(segment.place, PlacedMask(stencil.box, stencil.mask))
    shadow = np.zeros_like(support.mask)
    if role is Role.PLANAR:
        shadow = shadow_band(stencil, classes, elision)[slices_within(support.box, stencil.box)]
    return elide_patch(support, shadow, role, elision, shape, stream)


def _coloured(
    photo: NDArray[np.uint8],
    patch: ElidedPatch,
    segment: Segment,
    stencil: BankSegment,
    config: CanvasSimulationConfig,
    stream: np.random.Generator,
) -> NDArray[np.uint8]:
    """Return the segment's crop of the photo, kept pixels in the colours of the stencil's where the draw says so.

    The palettes are those of the two segments; the released code takes their whole boxes, neighbours included.
    """
    crop = photo[box_slices(segment.box)].copy()
    if stream.random() < config.colour_transfer_probability:
        own, patched = crop[segment.mask], crop[slices_within(patch.box, segment.box)]
        patched[patch.kept] = transfer_colours(patched[patch.kept], own, stencil.crop[stencil.mask])
    return crop


def _resampled(
    crop: NDArray[np.uint8], segment: Segment, config: CanvasSimulationConfig, stream: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the crop, the segment scaled about its centre and back in it; pixels lost on the way stay."""
    # Room to grow in, on all sides.
    margin_px = 2 + round(config.max_resampling_scale_change * max(segment.mask.shape))
    height_px, width_px = segment.mask.shape
    box = (margin_px, margin_px, margin_px + height_px, margin_px + width_px)
    room = (height_px + 2 * margin_px, width_px + 2 * margin_px)
    theta = random_theta(
        box,
        room,
        max_rotation_deg=0.0,
        max_scale_change=config.max_resampling_scale_change,
        max_translation_fraction=0.0,
        stream=stream,
    )
    scaled = warp_segment(PlacedSegment(box, segment.mask, crop), invert(theta), room)
    returned = warp_segment(scaled, theta, room)
    kept = segment.mask & returned.within(box)
    resampled = np.where(kept[..., None], seen_through(box, returned.rgb, returned.box), crop)
    return resampled


def _layout_noise(
    segment: Segment, shape: Shape, config: CanvasSimulationConfig, stream: np.random.Generator
) -> NDArray[np.float64]:
    return random_theta(
        segment.box,
        shape,
        max_rotation_deg=config.max_layout_rotation_deg,
        max_scale_change=0.0,
        max_translation_fraction=config.max_layout_shift_fraction,
        stream=stream,
    )
