"""A user's choices for one layout: segments to show (pins), to refuse (bans), and which component lies in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import networkx as nx

from sims_core.bank.ids import BankIds, is_banned
from sims_core.base.errors import SimsError
from sims_core.composition.paste_order import Edge
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.segmented_layout import SegmentedLayout


@dataclass(frozen=True)
class Control:
    """Decisions for one layout; without any, everything is as the project has it.

    Attributes:
        pins: The segment that each of these components shows on top, in all variants.
        banned: Ids of photos and segments that are not shown, besides those of `retrieve.banned`.
        in_front: Pairs (a, b): component a is pasted in front of component b, see `Composer.compose`.
    """

    pins: Mapping[int, str] = field(default_factory=dict)
    banned: frozenset[str] = frozenset()
    in_front: tuple[tuple[int, int], ...] = ()

    @property
    def edges(self) -> list[Edge]:
        """`in_front` as relations."""
        return [Edge(behind, front, 1.0) for front, behind in self.in_front]


NOTHING = Control()


def read_control(pins: Sequence[str], bans: Sequence[str], in_front: Sequence[str]) -> Control:
    """Read the options of `sims synthesize`.

    Args:
        pins: Texts COMPONENT=SEGMENT.
        bans: Photo and segment ids.
        in_front: Texts A=B, two components.

    Raises:
        SimsError: A text of another form, or two segments for one component.
    """
    pinned: dict[int, str] = {}
    for text in pins:
        number, _, segment_id = text.partition("=")
        if not _is_component(number) or not segment_id:
            raise SimsError(f"--pin {text}", "is no pin", expected="COMPONENT=SEGMENT, such as 3=photo_12:0004")
        if pinned.setdefault(int(number), segment_id) != segment_id:
            raise SimsError(f"--pin {text}", f"component {number} has another pin already", remedy="keep one of them")
    pairs = []
    for text in in_front:
        front, _, behind = text.partition("=")
        if not (_is_component(front) and _is_component(behind)):
            raise SimsError(
                f"--in-front {text}", "is no pair of components", expected="A=B, such as 3=5 for 3 in front of 5"
            )
        pairs.append((int(front), int(behind)))
    return Control(pinned, frozenset(bans), tuple(pairs))


def _is_component(text: str) -> bool:
    """Return whether a text is a number that a component may have: a layout has fewer than 10^9 pixels."""
    return text.isdecimal() and len(text) < 10


def check_control(
    control: Control, banned: frozenset[str], layout: SegmentedLayout, ids: BankIds, classes: ClassTable
) -> None:
    """Raise SimsError when a decision cannot be carried out, or contradicts another one.

    Args:
        control: What was decided.
        banned: All that is banned, known to `ids`.
        layout: The layout that it was decided for.
        ids: Of the bank.
        classes: Its class table.
    """
    for component, segment_id in control.pins.items():
        where = f"--pin {component}={segment_id}"
        _check_component(component, layout, where)
        category = classes.names[layout.segments[component].category]
        shown = f"`sims bank show --category '{category}'` shows some; a segment is PHOTO:NUMBER"
        if segment_id not in ids.category_of:
            raise SimsError(
                where,
                f"the bank has no segment '{segment_id}'",
                remedy=(ids.suggestion(segment_id) if ":" in segment_id else None) or shown,
            )
        if ids.category_of[segment_id] != category:
            raise SimsError(
                where,
                f"component {component} is {category}",
                expected=f"a segment of {category}",
                found=f"one of {ids.category_of[segment_id]}",
                remedy=shown,
            )
        if is_banned(segment_id, banned):
            raise SimsError(where, "the segment or its photo is banned", remedy="lift the ban or choose another")
    for front, behind in control.in_front:
        for component in (front, behind):
            _check_component(component, layout, f"--in-front {front}={behind}")
    _check_no_cycle(control)


def _check_component(component: int, layout: SegmentedLayout, where: str) -> None:
    if not 0 <= component < len(layout.segments):
        raise SimsError(
            where,
            f"the layout has no component {component}",
            expected=f"0 to {len(layout.segments) - 1}",
            remedy="without this option, `sims synthesize` draws the numbers into OUT.components.png",
        )


def _check_no_cycle(control: Control) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(control.in_front)
    try:
        cycle = nx.find_cycle(graph)
    except nx.NetworkXNoCycle:
        return
    chain = " in front of ".join(str(component) for component in [*(front for front, _ in cycle), cycle[0][0]])
    raise SimsError(
        " ".join(f"--in-front {front}={behind}" for front, behind in cycle),
        f"contradict each other: {chain}",
        remedy="leave one out",
    )
