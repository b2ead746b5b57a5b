"""What is known of the pixels of a made photograph."""

import numpy as np

from sims_core.scenes.classes import VOID
from sims_core.scenes.segmented_layout import SegmentedLayout
from sims_core.synthesis.control import NOTHING
from sims_core.synthesis.synthesizer import RetrievedLayout, SynthesisResult
from sims_core.usefulness.picture import labelled_picture, number_objects
from tests.support.small_project import CLASSES as PROJECT_CLASSES
from tests.support.small_project import canvas, layout, scene
from tests.support.small_scenes import CAR, CLASSES, ROAD, SKY


def test_components_of_objects_are_numbered_and_nothing_else():
    labels = np.array([[CAR, SKY, CAR], [CAR, SKY, VOID], [ROAD, ROAD, CAR]], np.uint8)
    numbered = number_objects(SegmentedLayout.of("a", labels, CLASSES), CLASSES)
    assert numbered.tolist() == [[1, 0, 2], [1, 0, 0], [0, 0, 3]]


def test_annotated_instances_that_touch_stay_two():
    labels = np.full((2, 4), CAR, np.uint8)
    instances = np.array([[9, 9, 4, 4], [9, 9, 4, 0]], np.uint16)
    numbered = number_objects(SegmentedLayout.of("a", labels, CLASSES, instances), CLASSES)
    assert numbered.tolist() == [[2, 2, 1, 1], [2, 2, 1, 3]]


def test_origin_and_disagreement_of_pixels():
    """The canvas shows sky and a car; where the car is asked for one column further on, the two disagree."""
    asked = SegmentedLayout.of("a", layout(shift_px=1), PROJECT_CLASSES)
    result = SynthesisResult(scene("a", "val", 0).photo, canvas(0), frozenset())
    picture = labelled_picture(RetrievedLayout(asked, [], frozenset(), NOTHING, frozenset()), result, PROJECT_CLASSES)
    assert np.array_equal(picture.origins == 1, picture.provenance > 0)
    assert np.array_equal(picture.labels, layout(shift_px=1))
    # Column 8 of the car's 12 rows is pasted car on road or sky; column 28 is road, which nobody pasted, or sky.
    height_px, width_px = picture.labels.shape
    assert picture.share_disagreeing == (12 + 2) / (height_px * width_px)
