"""Who sees what: a seed and a rater's number -> the trials of this rater, balanced over all of them.

Trials are dealt to raters like cards: pairs of methods in turn, each pair's layouts in a random order that goes on
from rater to rater. So every pair and every layout is asked about equally often, and nobody sees a pair of pictures
twice but in the repeats. The first method of each pair is on the left in half of its trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sims_core.base.errors import SimsError
from sims_core.base.seeding import random_stream
from sims_core.study.design import SHUFFLED, Block, KeyTrial, Kind, trial_id

# One trial in eleven is a sentinel, one in ten comes again.
_MAIN_PER_SENTINEL = 10
_MAIN_PER_REPEAT = 10

Pair = tuple[str, str]


@dataclass(frozen=True)
class Deal:
    """What trials are drawn from.

    Attributes:
        seed: Of the study.
        methods: Under test, in the order given.
        real: The row of real photographs; None where there are none.
        layouts: Names that every method has a picture of.
        blocks: Parts of a session; each rater begins with another one.
        exposures_ms: Of the timed block.
        num_main: Trials of one rater that count, over all blocks.
    """

    seed: int
    methods: tuple[str, ...]
    real: str | None
    layouts: tuple[str, ...]
    blocks: tuple[Block, ...]
    exposures_ms: tuple[int, ...]
    num_main: int

    def pairs(self, block: Block) -> list[Pair]:
        """Return the pairs of a block: methods alone, in the timed one also each with the real photographs."""
        real = () if self.real is None or block is not Block.TIMED else (self.real,)
        return list(combinations((*self.methods, *real), 2))

    def main_of(self, block: Block) -> int:
        """Return how many trials of a block count, for one rater."""
        return self.num_main // len(self.blocks)


def num_sentinels(num_main: int) -> int:
    """Return how many sentinels a block has."""
    return max(1, round(num_main / _MAIN_PER_SENTINEL))


def num_repeats(num_main: int) -> int:
    """Return how many trials of a block come again."""
    return num_main // _MAIN_PER_REPEAT


def check_deal(deal: Deal) -> None:
    """Raise SimsError when there are too few pictures for as many trials."""
    for block in deal.blocks:
        num_pairs = len(deal.pairs(block))
        if num_pairs == 0:
            raise SimsError(f"block '{block.value}'", "has nothing to compare", expected="two methods or more")
        most = num_pairs * len(deal.layouts)
        if deal.main_of(block) > most:
            limit = f"at most {most * len(deal.blocks)} (pairs of methods: {num_pairs}, layouts: {len(deal.layouts)})"
            raise SimsError(
                f"--trials {deal.num_main}",
                f"asks each rater in block '{block.value}' for more than there is to compare",
                expected=limit,
            )
        if deal.main_of(block) < 1:
            raise SimsError(f"--trials {deal.num_main}", "are too few", expected=f"{len(deal.blocks)} or more")


def draw_sheet(deal: Deal, sheet: int) -> dict[str, KeyTrial]:
    """Return the trials of one rater by id, in their order; they depend on seed and number alone."""
    turn = sheet % len(deal.blocks)
    trials: dict[str, KeyTrial] = {}
    for block in deal.blocks[turn:] + deal.blocks[:turn]:
        rng = random_stream(deal.seed, "study", block.value, sheet)
        main = _main_trials(deal, block, sheet, rng)
        asked = main + _sentinels(deal, block, sheet, rng)
        asked = [asked[index] for index in rng.permutation(len(asked))]
        _add(trials, asked, sheet, num_repeats(len(main)), rng)
    return trials


def _main_trials(deal: Deal, block: Block, sheet: int, rng: np.random.Generator) -> list[KeyTrial]:
    pairs, num_main = deal.pairs(block), deal.main_of(block)
    places = range(sheet * num_main, (sheet + 1) * num_main)
    sides = _alternating(num_main, rng)
    trials: list[KeyTrial] = []
    for number, pair in enumerate(pairs):
        turns = [place // len(pairs) for place in places if place % len(pairs) == number]
        order = random_stream(deal.seed, "study", "layouts", block.value, *pair).permutation(len(deal.layouts))
        exposures = [_exposure(deal, block, turn) for turn in turns]
        exposures = [exposures[index] for index in rng.permutation(len(turns))]
        chosen = [deal.layouts[order[turn % len(order)]] for turn in turns]
        for index in rng.permutation(len(turns)):
            trials.append(
                KeyTrial(
                    sheet=sheet,
                    block=block,
                    kind=Kind.MAIN,
                    layout=chosen[index],
                    first=pair[0],
                    second=pair[1],
                    first_is_left=sides[len(trials)],
                    exposure_ms=exposures[index],
                )
            )
    return trials


def _sentinels(deal: Deal, block: Block, sheet: int, rng: np.random.Generator) -> list[KeyTrial]:
    count = num_sentinels(deal.main_of(block))
    sides = _alternating(count, rng)
    chosen = rng.choice(len(deal.layouts), size=count, replace=count > len(deal.layouts))
    return [
        KeyTrial(
            sheet=sheet,
            block=block,
            kind=Kind.SENTINEL,
            layout=deal.layouts[index],
            first=deal.real or deal.methods[0],
            second=SHUFFLED,
            first_is_left=side,
            # Long enough for everybody.
            exposure_ms=max(deal.exposures_ms) if block is Block.TIMED else None,
        )
        for index, side in zip(chosen, sides, strict=True)
    ]


def _add(
    trials: dict[str, KeyTrial], asked: Sequence[KeyTrial], sheet: int, count: int, rng: np.random.Generator
) -> None:
    """Number a block's trials; some of its first half come again in its second half, with sides swapped."""
    half = len(asked) // 2
    candidates = [index for index in range(half) if asked[index].kind is Kind.MAIN]
    again = rng.permutation(candidates)[:count].tolist()
    # A repeat stands before the trial of its place.
    places = sorted(rng.integers(half, len(asked), size=len(again), endpoint=True).tolist())
    ids: dict[int, str] = {}
    for index in range(len(asked) + 1):
        while places and places[0] == index:
            places.pop(0)
            source = again.pop()
            swapped = {"kind": Kind.REPEAT, "first_is_left": not asked[source].first_is_left, "repeats": ids[source]}
            trials[trial_id(sheet, len(trials))] = asked[source].model_copy(update=swapped)
        if index < len(asked):
            ids[index] = trial_id(sheet, len(trials))
            trials[ids[index]] = asked[index]


def _exposure(deal: Deal, block: Block, turn: int) -> int | None:
    return deal.exposures_ms[turn % len(deal.exposures_ms)] if block is Block.TIMED else None


def _alternating(count: int, rng: np.random.Generator) -> list[bool]:
    """Return left, right, left, ... from a random start: trials of one pair that follow each other are balanced."""
    start = int(rng.integers(2))
    return [(start + index) % 2 == 0 for index in range(count)]
