"""What the variants of a layout share is read and aligned once."""

import numpy as np
import pytest

from sims_core.composition.layers import Layers
from sims_core.scenes.scene import Scene
from tests.support.frames import rgb_in_frame
from tests.support.small_composition import FRAME, OFF, FakeTransform, asked, layout_of, take, write_photos
from tests.support.small_scenes import CAR, ROAD


class Counting(FakeTransform):
    """Moves everything and notes how many segments it is asked about at once."""

    def __init__(self):
        super().__init__(0, 2)
        self.asked = []

    def predict(self, segments, places, layout):
        self.asked.append(len(segments))
        return super().predict(segments, places, layout)


@pytest.fixture
def street(tmp_path, classes):
    """Two photos, their bank, and the layout of a road with a car two pixels farther to the right."""
    labels = layout_of((ROAD, 4, 0, 16, 32), (CAR, 6, 10, 14, 20))
    photos = np.random.default_rng(0).integers(1, 255, (2, *FRAME, 3)).astype(np.uint8)
    scenes = [
        Scene(scene_id=name, split="train", photo=photo, labels=labels, licence=f"licence of {name}")
        for name, photo in zip("ab", photos, strict=True)
    ]
    bank = write_photos(tmp_path, classes, scenes)
    return bank, asked(layout_of((ROAD, 4, 0, 16, 32), (CAR, 6, 12, 14, 22)), classes), photos


def test_further_variants_ask_for_what_is_new_alone(classes, street):
    bank, layout, photos = street
    network = Counting()
    layers = Layers(layout, bank, classes, OFF, network)
    first = layers.of(take(layout, bank, classes, {ROAD: "a", CAR: "a"}), 1)
    assert {component: [layer.segment_id for layer in found] for component, found in first.items()} == {
        0: ["a:0000"],
        1: ["a:0001"],
    }
    both = layers.of(take(layout, bank, classes, {ROAD: ["a", "b"], CAR: ["b", "a"]}), 2)
    assert network.asked == [2, 2]
    assert both[0][0] is first[0][0]
    assert both[1][1] is first[1][0]
    car = both[1][0]
    assert (car.segment_id, car.photo_id, car.licence) == ("b:0001", "b", "licence of b")
    shown = layout_of((CAR, 6, 12, 14, 22)) == CAR
    assert np.array_equal(rgb_in_frame(car.segment, FRAME)[shown], np.roll(photos[1], 2, axis=1)[shown])


def test_no_more_than_the_segments_crops_are_held(classes, street):
    bank, layout, _ = street
    found = Layers(layout, bank, classes, OFF, None).of(take(layout, bank, classes, {CAR: "a"}), 1)
    ((car,),) = found.values()
    assert car.segment.box == (6, 10, 14, 20)
    assert car.segment.rgb.shape == (8, 10, 3)
    assert car.segment.rgb.base is None or car.segment.rgb.base.size == car.segment.rgb.size
