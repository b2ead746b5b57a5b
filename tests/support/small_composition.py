"""Canvases composed for tests: banks of a few photos, matches by hand, networks that always say the same."""

from dataclasses import replace

import numpy as np

from sims_core.bank.extract import ExtractBankConfig, write_bank
from sims_core.base.presets import load_preset
from sims_core.composition.class_prior import class_prior
from sims_core.composition.composer import ComposeConfig, Composer
from sims_core.composition.elision import ElisionConfig
from sims_core.formats.bank import BankReader, photo_of
from sims_core.formats.class_prior import count_pairs
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import write_scenes
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.affine import from_pixels
from sims_core.scenes.classes import VOID
from sims_core.scenes.segmented_layout import SegmentedLayout, SegmentsConfig
from tests.support.project import ROOT

# Every band is on.
BANDS = load_preset(ROOT / "presets/tiny.yaml").section("elision", ElisionConfig)
OFF = ElisionConfig(
    inner_band_fraction=0,
    inner_probability=0,
    outer_band_fraction=0,
    outer_reach_fraction=0,
    shadow_band_fraction=0,
    foliage_band_fraction=0,
)
SEGMENTS = SegmentsConfig(min_area_fraction=0.002)
# As in the paper.
PLAIN = ComposeConfig(align=True, order="network", clip=False, num_backing=0, num_variants=1, temperature=0)
FRAME = (16, 32)


class FakeTransform:
    """Moves every segment by the same number of pixels."""

    def __init__(self, down_px, right_px):
        self.matrix = np.array([[1, 0, -right_px], [0, 1, -down_px]])

    def predict(self, segments, places, layout):
        return np.repeat(from_pixels(self.matrix, layout.shape)[None].astype(np.float32), len(segments), axis=0)


class FakeOrdering:
    """Says of every pair that the second one is in front with the same probability."""

    def __init__(self, probability):
        self.probability = probability

    def predict(self, firsts, seconds, layout, categories_a, categories_b):
        return np.full(len(firsts), self.probability, dtype=np.float32)


def write_photos(folder, classes, scenes, grid=(16, 32)):
    """Write scenes and their bank; return the bank."""
    held_out = replace(scenes[0], scene_id="held out", split="val")
    write_scenes(folder / "scenes", classes, [*scenes, held_out])
    config = ExtractBankConfig(grid_height=grid[0], grid_width=grid[1], context_enlargement=0.25)
    write_bank(folder / "bank", folder / "scenes", config)
    return BankReader(folder / "bank")


def layout_of(*regions, shape=FRAME):
    """A layout of (category, top, left, bottom, right), later ones over earlier ones; void elsewhere."""
    labels = np.full(shape, VOID, dtype=np.uint8)
    for category, top, left, bottom, right in regions:
        labels[top:bottom, left:right] = category
    return labels


def asked(labels, classes):
    return SegmentedLayout.of("asked", labels, classes)


def take(layout, bank, classes, wanted):
    """Return matches by hand: `wanted` names the photo or photos whose segments each category takes."""
    matches = []
    for index, segment in enumerate(layout.segments):
        photos = wanted.get(segment.category, [])
        photos = [photos] if isinstance(photos, str) else photos
        held = bank.table(classes.names[segment.category]).column("segment_id") if photos else []
        ids = [segment_id for photo in photos for segment_id in held if photo_of(segment_id) == photo]
        matches.append(
            ComponentMatches(
                component=index,
                category=segment.category,
                area_px=segment.area_px,
                segment_ids=ids,
                scores=[1.0] * len(ids),
                mask_ious=[1.0] * len(ids),
                context_ious=[0.0] * len(ids),
            )
        )
    return matches


def composer(bank, classes, elision=OFF, transform=None, ordering=None, **config):
    return Composer(
        config=PLAIN.model_copy(update=config),
        bank=bank,
        classes=classes,
        segments=SEGMENTS,
        elision=elision,
        prior=class_prior(count_pairs(len(classes), []), classes),
        transform=transform,
        ordering=ordering,
    )


def compose(layout, matches, bank, classes, seed=0, **parts):
    """Compose, checking what holds of every canvas."""
    before = layout.labels.copy()
    canvas = composer(bank, classes, **parts).compose(layout, matches, np.random.default_rng(seed))
    assert np.array_equal(layout.labels, before)
    assert np.array_equal(canvas.provenance > 0, canvas.known)
    assert canvas.provenance.max() <= len(canvas.segment_ids)
    assert np.isin(canvas.canvas[~canvas.known], (0, 255)).all()
    assert canvas.photo_ids == [segment_id.split(":")[0] for segment_id in canvas.segment_ids]
    return canvas


def canvas_of_scenes(folder, classes, scenes):
    """Write scenes and their bank, retrieve for the first validation scene, and compose its canvas without networks."""
    write_scenes(folder / "scenes", classes, scenes)
    height_px, width_px = scenes[0].labels.shape
    grid = ExtractBankConfig(grid_height=height_px, grid_width=width_px, context_enlargement=0.25)
    write_bank(folder / "bank", folder / "scenes", grid)
    bank = BankReader(folder / "bank")
    scene = next(scene for scene in scenes if scene.split == "val")
    layout = SegmentedLayout.of_scene(scene, classes)
    retrieve = load_preset(ROOT / "presets/tiny.yaml").section("retrieve", RetrieveConfig)
    (matches,) = match_layouts([layout], bank, classes, retrieve, SEGMENTS).values()
    return compose(layout, matches, bank, classes, align=False, order="class_prior")
