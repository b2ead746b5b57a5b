"""Pins, bans and an order of one's own: how they are read, checked and applied."""

from dataclasses import replace

import pytest

from sims_core.bank.ids import BankIds
from sims_core.base.errors import SimsError
from sims_core.composition.paste_order import Edge
from sims_core.formats.bank import BankReader
from sims_core.scenes.segmented_layout import SegmentedLayout
from sims_core.synthesis.control import NOTHING, Control, check_control, read_control
from tests.support.small_project import CLASSES, layout, write_data

ROAD, SKY, CAR = range(3)  # the components of the layout, one of each category


@pytest.fixture(scope="module")
def ids(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    return BankIds(BankReader(root / "data/bank"))


def check(ids, control, banned=frozenset()):
    labels = layout()
    check_control(control, banned, SegmentedLayout.of("", labels, CLASSES), ids, CLASSES)


def test_options_are_read():
    control = read_control(["3=a:0001", "0=b=c:2", "3=a:0001"], ["a", "b:7", "a"], ["3=5", "5=10"])
    assert control == Control({3: "a:0001", 0: "b=c:2"}, frozenset({"a", "b:7"}), ((3, 5), (5, 10)))
    assert control.edges == [Edge(behind=5, front=3, confidence=1.0), Edge(behind=10, front=5, confidence=1.0)]
    assert read_control([], [], []) == NOTHING


@pytest.mark.parametrize(
    ("pins", "in_front", "message"),
    [
        (["3"], [], "--pin 3: is no pin, expected COMPONENT=SEGMENT"),
        (["a:1=3"], [], "--pin a:1=3: is no pin"),
        (["3="], [], "--pin 3=: is no pin"),
        (["3=a:1", "3=a:2"], [], "--pin 3=a:2: component 3 has another pin already"),
        ([], ["3"], "--in-front 3: is no pair of components, expected A=B"),
        ([], ["3=-1"], "--in-front 3=-1: is no pair"),
    ],
)
def test_options_of_another_form_are_refused(pins, in_front, message):
    with pytest.raises(SimsError) as raised:
        read_control(pins, [], in_front)
    assert message in str(raised.value)


def test_what_can_be_done_passes_until_one_more_thing_cannot(ids):
    check(ids, NOTHING)
    can_be_done = Control({CAR: "train-b:0002"}, frozenset({"train-a"}), ((CAR, ROAD), (ROAD, SKY), (CAR, SKY)))
    check(ids, can_be_done, can_be_done.banned)
    with pytest.raises(SimsError, match="the segment or its photo is banned"):
        check(ids, can_be_done, can_be_done.banned | {"train-b"})
    with pytest.raises(SimsError, match="contradict each other"):
        check(ids, replace(can_be_done, in_front=(*can_be_done.in_front, (SKY, CAR))))


@pytest.mark.parametrize(
    ("control", "banned", "message"),
    [
        (Control({3: "train-a:0002"}), (), "--pin 3=train-a:0002: the layout has no component 3, expected 0 to 2"),
        (Control({-1: "train-a:0002"}), (), "the layout has no component -1"),
        (Control({CAR: "train-a:2"}), (), "the bank has no segment 'train-a:2'; did you mean 'train-a:0002'?"),
        (Control({CAR: "train-a"}), (), "the bank has no segment 'train-a'; `sims bank show --category 'car'` shows"),
        (Control({CAR: "train-a:0001"}), (), "component 2 is car, expected a segment of car, found one of sky"),
        (Control({CAR: "train-a:0002"}), ("train-a",), "the segment or its photo is banned"),
        (Control({CAR: "train-a:0002"}), ("train-a:0002",), "the segment or its photo is banned"),
        (Control(in_front=((0, 7),)), (), "--in-front 0=7: the layout has no component 7"),
        (Control(in_front=((0, 0),)), (), "--in-front 0=0: contradict each other: 0 in front of 0"),
        (
            Control(in_front=((2, 1), (0, 2), (1, 0))),
            (),
            "contradict each other: 2 in front of 1 in front of 0 in front of 2; leave one out",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(ids, control, banned, message):
    with pytest.raises(SimsError) as raised:
        check(ids, control, frozenset(banned))
    assert message in str(raised.value)
