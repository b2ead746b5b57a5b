"""Who sees what: balanced, blind, and the same for the same seed."""

from collections import Counter

import pytest

from sims_core.base.errors import SimsError
from sims_core.study.design import SHUFFLED, Block, Kind
from sims_core.study.sheets import check_deal, draw_sheet
from tests.support.small_study import small_deal, small_set

DEAL = small_deal(small_set())
SHEETS = [draw_sheet(DEAL, number) for number in range(12)]


def of_kind(kind, sheets=SHEETS, block=None):
    return [t for sheet in sheets for t in sheet.values() if t.kind is kind and block in (None, t.block)]


def test_one_trial_in_eleven_is_a_sentinel_and_one_in_ten_comes_again():
    for sheet in SHEETS:
        assert Counter(trial.kind for trial in sheet.values()) == {Kind.MAIN: 120, Kind.SENTINEL: 12, Kind.REPEAT: 12}


def test_sides_are_balanced_in_every_block_of_every_rater():
    for sheet in SHEETS:
        for block in Block:
            for kind in (Kind.MAIN, Kind.SENTINEL):
                trials = of_kind(kind, [sheet], block)
                assert sum(trial.first_is_left for trial in trials) * 2 == len(trials)


def test_pairs_exposures_and_layouts_are_asked_equally_often():
    timed = Counter((t.first, t.second, t.exposure_ms) for t in of_kind(Kind.MAIN, block=Block.TIMED))
    assert len(timed) == 3 * 2
    assert max(timed.values()) - min(timed.values()) <= 1
    layouts = Counter(t.layout for t in of_kind(Kind.MAIN, block=Block.REAL))
    assert set(layouts.values()) == {8}  # 12 raters with 40 of 60 layouts


def test_nobody_sees_a_pair_of_pictures_twice_but_in_repeats():
    for sheet in SHEETS:
        shown = [(t.block, t.first, t.second, t.layout) for t in of_kind(Kind.MAIN, [sheet])]
        assert len(set(shown)) == len(shown)


def test_a_repeat_comes_later_in_its_block_with_sides_swapped():
    for sheet in SHEETS:
        places = {name: place for place, name in enumerate(sheet)}
        for name, trial in sheet.items():
            if trial.kind is Kind.REPEAT:
                before = sheet[trial.repeats]
                assert places[trial.repeats] < places[name]
                assert before.kind is Kind.MAIN
                same = {"kind": Kind.MAIN, "repeats": None, "first_is_left": before.first_is_left}
                assert trial.first_is_left is not before.first_is_left
                assert trial.model_copy(update=same) == before


def test_blocks_stay_together_and_each_rater_begins_with_another_one():
    for number, sheet in enumerate(SHEETS):
        order = list(dict.fromkeys(trial.block for trial in sheet.values()))
        runs = [block for block, after in zip(sheet.values(), [*list(sheet.values())[1:], None], strict=True)
                if after is None or block.block is not after.block]  # fmt: skip
        assert len(runs) == len(order) == 3
        assert order[0] is list(Block)[number % 3]


def test_real_photographs_are_rated_in_the_timed_block_and_are_what_sentinels_show():
    assert {t.second for t in of_kind(Kind.MAIN, block=Block.TIMED)} == {"theirs", "real"}
    assert {t.second for t in of_kind(Kind.MAIN, block=Block.LAYOUT)} == {"theirs"}
    assert {(t.first, t.second) for t in of_kind(Kind.SENTINEL)} == {("real", SHUFFLED)}


def test_a_sheet_depends_on_seed_and_number_alone():
    assert draw_sheet(DEAL, 5) == SHEETS[5]
    assert draw_sheet(DEAL, 5) != SHEETS[6]


def test_more_trials_than_there_is_to_compare_are_refused():
    check_deal(small_deal(small_set(num_layouts=40)))
    with pytest.raises(SimsError, match=r"--trials 120.*at most 117 \(pairs of methods: 1, layouts: 39\)"):
        check_deal(small_deal(small_set(num_layouts=39)))
