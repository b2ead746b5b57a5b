"""`sims study serve`: answers of raters with a token, each once, and nothing else."""

import csv

import pytest

from benchmarks.study_kills import answer_while_killed
from sims_core.base.errors import SimsError
from sims_core.base.local_server import listen
from sims_core.study.answers import DATABASE, read_answers
from sims_core.study.design import Block
from sims_core.study.server import open_store, study_app, write_links
from sims_core.study.store import AnswerStore
from tests.support.asgi import ask
from tests.support.small_study import answer, small_study

pytest.importorskip("fastapi", reason="pip install 'sims[studio]'")


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def study(tmp_path):
    return small_study(tmp_path / "study", num_sheets=2)


@pytest.fixture
def served(study):
    store, clock = open_store(study), Clock()
    yield study_app(study, store, ["study.example.org"], clock), store.tokens(), clock
    store.close()


def body(study, trial_id, **changes):
    content = answer(study, trial_id).model_dump(exclude={"study", "rater"}, mode="json")
    return {**content, **changes}


def test_an_answer_is_kept_once_and_the_state_says_so(study, served):
    app, tokens, _ = served
    first, second = study.sheet(0)[:2]
    assert ask(app, "GET", "/answers", token=tokens[0]) == (
        200,
        {"study": study.manifest.study_id, "sheet": 0, "answered": []},
    )
    assert ask(app, "POST", "/answers", body(study, first), tokens[0]) == (200, {"is_new": True})
    other = "left" if body(study, first)["chosen"] == "right" else "right"
    assert ask(app, "POST", "/answers", body(study, first, chosen=other), tokens[0]) == (200, {"is_new": False})
    assert ask(app, "POST", "/answers", body(study, second), tokens[0]) == (200, {"is_new": True})
    assert ask(app, "GET", "/answers", token=tokens[0])[1]["answered"] == [first, second]
    assert ask(app, "GET", "/answers", token=tokens[1])[1]["answered"] == []
    table = read_answers(study.folder / DATABASE, study)
    assert list(table["rater"]) == ["sheet-0000"] * 2
    assert list(table["chosen"]) == [body(study, name)["chosen"] for name in (first, second)]


def test_what_is_no_answer_of_this_rater_is_refused(study, served):
    app, tokens, _ = served
    mine, other = study.sheet(0)[0], study.sheet(1)[0]
    assert ask(app, "POST", "/answers", body(study, mine))[0] == 401
    assert ask(app, "POST", "/answers", body(study, mine), "../../etc")[0] == 401
    assert ask(app, "POST", "/answers", body(study, other), tokens[0])[0] == 404
    assert ask(app, "POST", "/answers", body(study, mine, trial="../key.json"), tokens[0])[0] == 404
    assert ask(app, "POST", "/answers", body(study, mine, chosen="both"), tokens[0])[0] == 422
    assert ask(app, "POST", "/answers", body(study, mine, note="x"), tokens[0])[0] == 422
    assert ask(app, "POST", "/answers", body(study, mine, exposure_ms=77), tokens[0])[0] == 422
    assert ask(app, "POST", "/answers", b"{", tokens[0])[0] == 422
    assert ask(app, "POST", "/answers", b" " * 5000, tokens[0])[0] == 413
    assert ask(app, "GET", "/answers", token=tokens[0])[1]["answered"] == []


def test_a_rater_who_sends_too_much_has_to_wait(study, served):
    app, tokens, clock = served
    statuses = [ask(app, "GET", "/answers", token=tokens[0])[0] for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert ask(app, "GET", "/answers", token=tokens[1])[0] == 200
    clock.now += 1.0
    assert [ask(app, "GET", "/answers", token=tokens[0])[0] for _ in range(6)] == [200] * 5 + [429]


def test_only_the_page_is_served_and_only_to_its_own_names(study, served):
    app, _, _ = served
    assert b"<!doctype html>" in ask(app, "GET", "/")[1]
    assert ask(app, "GET", "/server.js") == (200, b'window.SERVER = "answers";\n')
    assert ask(app, "GET", "/manifest.json")[0] == 200
    for path in ("/../key.json", "/key.json", "/answers.sqlite", "/raters.csv", "/pictures"):
        assert ask(app, "GET", path)[0] == 404
    assert ask(app, "GET", "/", host="evil.example.org")[0] == 400
    assert ask(app, "GET", "/", host="study.example.org")[0] == 200
    assert ask(app, "PUT", "/manifest.json", b"{}")[0] == 405


def test_a_port_that_is_taken_is_one_line():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimsError, match=rf"127\.0\.0\.1, port {port}: cannot be listened to"):
            listen("127.0.0.1", port)


def test_tokens_stay_when_the_server_starts_again(study):
    first = open_store(study)
    tokens = first.tokens()
    first.close()
    again = open_store(study)
    assert again.tokens() == tokens
    with write_links(study, again, "http://here").open() as file:
        assert [row["address"] for row in csv.DictReader(file)] == [f"http://here/?rater={token}" for token in tokens]
    again.close()


def test_a_database_of_another_study_is_refused(study, tmp_path):
    store = open_store(study)
    store.save("sheet-0000", answer(study, study.sheet(0)[0]))
    store.close()
    with pytest.raises(SimsError, match=r"answers\.sqlite: holds answers to another study"):
        AnswerStore(study.folder / DATABASE, "0" * 16, 2)
    (tmp_path / "text.sqlite").write_text("no database, but text that is long enough to be read as a header of one")
    with pytest.raises(SimsError, match=r"text\.sqlite: cannot be used for answers"):
        AnswerStore(tmp_path / "text.sqlite", "0" * 16, 2)


def test_no_answer_is_lost_and_none_is_twice_when_the_server_is_killed(tmp_path):
    study = small_study(tmp_path / "study", num_sheets=4, blocks=(Block.REAL,), num_main=60)
    outcome = answer_while_killed(study, num_raters=4, num_answers=20, num_kills=1)
    assert (outcome.num_sent, outcome.num_kills, outcome.num_lost, outcome.num_wrong) == (80, 1, 0, 0)
    assert outcome.num_again > 0
