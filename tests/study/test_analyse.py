"""From answers to figures: by hand, and raters of known preference."""

import json

import pytest

from sims_core.base.errors import SimsError
from sims_core.study.analyse import analyse_study, figures_of
from sims_core.study.answers import read_answers, table_of, write_answers
from sims_core.study.design import Block, Kind
from sims_core.study.exclusion import leave_out, needed_sentinels
from sims_core.study.results import write_results
from sims_core.study.simulate import Crowd, Preference, play
from tests.support.small_study import answer, small_study, trials_of


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return small_study(tmp_path_factory.mktemp("analysed") / "study")


def figures(answers, study):
    return figures_of(leave_out(table_of(answers, study), study), study)


def test_shares_count_main_trials_of_both_sides(study):
    """One rater: of 40 pairs 30 for the first; sentinels and repeats count for nothing here."""
    main = trials_of(study, Kind.MAIN, Block.REAL)
    others = [name for name in study.sheet(0) if name not in main]
    answers = [answer(study, name, first=index < 30) for index, name in enumerate(main)]
    answers += [answer(study, name) for name in others]
    content = figures(answers, study)
    cell = content["preferences"]["real"]["ours_over_theirs"]["unlimited"]
    assert (cell["share"], cell["num_answers"], cell["answers_to_flip"]) == (0.75, 40, 21)
    assert content["raters"] == {"num_raters": 1, "num_counted": 1, "excluded": {}}
    assert content["sentinels_right"]["real"]["share"] == 1


def test_consistency_compares_a_repeat_with_its_first_showing(study):
    repeats = trials_of(study, Kind.REPEAT, Block.REAL)
    answers = [answer(study, name, first=name != repeats[0]) for name in study.sheet(0)]
    cell = figures(answers, study)["consistency"]["real"]
    assert (cell["share"], cell["num_answers"]) == (0.75, 4)


def test_timed_answers_off_by_more_than_a_frame_are_left_out_and_counted(study):
    timed = trials_of(study, Kind.MAIN, Block.TIMED)
    off = {timed[0]: 1.5, timed[1]: -1.5, timed[2]: 1.0, timed[3]: -0.4}
    answers = [answer(study, name, frames_off=off.get(name, 0)) for name in study.sheet(0)]
    counted = leave_out(table_of(answers, study), study)
    assert (counted.num_timed, counted.num_off) == (48, 2)
    assert not set(timed[:2]) & set(counted.table["trial"])


@pytest.mark.parametrize(
    ("rater", "reason"),
    [
        (lambda study, name: study.key.trials[name].first_is_left, "100% of the answers on the left"),
        (lambda study, name: study.key.trials[name].kind is not Kind.SENTINEL, "0 of 12 sentinels right"),
    ],
)
def test_a_rater_who_does_not_look_is_left_out(study, rater, reason):
    good = [answer(study, name, "good") for name in study.sheet(1)]
    bad = [answer(study, name, "bad", first=rater(study, name)) for name in study.sheet(0)]
    content = figures([*good, *bad], study)
    assert content["raters"]["excluded"] == {"bad": reason}
    assert content["answers"]["num_counted"] == 120


def test_a_rater_with_one_answer_is_left_out_and_nobody_left_is_an_error(study):
    one = [answer(study, study.sheet(0)[0])]
    assert leave_out(table_of(one, study), study).excluded == {"a": "1 of 144 trials answered"}
    with pytest.raises(SimsError, match="no answers that count, found a: 1 of 144 trials answered"):
        figures(one, study)


def test_sentinels_needed_are_those_of_the_binomial_distribution():
    assert needed_sentinels(6, 0.02) == 6  # 1 / 64 = 0.016
    assert needed_sentinels(10, 0.02) == 9  # 11 / 1024 = 0.011, with 8 it would be 0.055
    assert needed_sentinels(12, 0.02) == 10  # 79 / 4096 = 0.019
    assert needed_sentinels(5, 0.02) == 6  # more than there are


def test_raters_of_known_preference_are_found_again_through_files(study, tmp_path):
    crowd = Crowd(num_attentive=20, num_always_left=1, num_guessing=1)
    write_answers(tmp_path / "answers", play(study, crowd, Preference(0.6, 0.8), seed=3))
    content = analyse_study(tmp_path / "answers", study, tmp_path / "study.json")
    assert json.loads((tmp_path / "study.json").read_text()) == content
    cells = content["preferences"]
    unlimited = cells["real"]["ours_over_theirs"]["unlimited"]
    assert unlimited["low"] <= 0.6 <= unlimited["high"]
    short, long = (cells["timed"]["ours_over_real"][key] for key in ("125", "1000"))
    assert short["low"] <= 0.8 <= short["high"]
    assert long["low"] <= 0.6 <= long["high"]
    assert set(content["raters"]["excluded"]) == {"simulated-0020", "simulated-0021"}
    assert 0 < content["answers"]["timed_off_and_left_out"] < 40
    assert set(content["strengths"]["timed"]["125"]) == {"ours", "theirs", "real"}
    write_results(tmp_path / "page", content)
    page = (tmp_path / "page/index.html").read_text()
    assert "ours over theirs" in page
    assert (tmp_path / "page/preference.png").stat().st_size > 5000


def test_the_same_answers_in_files_of_another_order_give_the_same_figures(study, tmp_path):
    answers = list(play(study, Crowd(3), Preference(0.6, 0.6), seed=0))
    write_answers(tmp_path / "one", answers)
    write_answers(tmp_path / "two", answers[::-1])
    twice = (tmp_path / "two/answers-simulated-0000.jsonl").read_text()
    (tmp_path / "two/copy.jsonl").write_text(twice)  # sent twice
    assert read_answers(tmp_path / "one", study).equals(read_answers(tmp_path / "two", study))


def test_damaged_and_foreign_answers_are_one_line(study, tmp_path):
    file = tmp_path / "answers.jsonl"
    lines = [answer(study, name).model_dump_json() for name in study.sheet(0)[:3]]

    def message(*texts):
        file.write_text("\n".join(texts))
        with pytest.raises(SimsError) as caught:
            read_answers(file, study)
        return str(caught.value)

    assert "answers.jsonl, line 3: is not valid JSON" in message(*lines[:2], lines[2][:40])
    assert "line 1: answers another study" in message(lines[0].replace(study.manifest.study_id, "0" * 16))
    assert "line 1: there is no trial '9999-0000'" in message(lines[0].replace(study.sheet(0)[0], "9999-0000"))
    side = "left" if '"left"' in lines[0] else "right"
    other = lines[0].replace(f'"{side}"', '"left"' if side == "right" else '"right"')
    assert "line 2: rater 'a' answered trial '0000-0000' twice and differently" in message(lines[0], other)
    assert "line 1: 'rater' String should match pattern" in message(lines[0].replace('"a"', '"../a"'))
    with pytest.raises(SimsError, match="no answers in this folder"):
        read_answers(study.folder / "page", study)
    (tmp_path / "no.sqlite").write_text("not a database")
    with pytest.raises(SimsError, match=r"no\.sqlite: is no database of answers"):
        read_answers(tmp_path / "no.sqlite", study)
