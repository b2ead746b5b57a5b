"""Studies taken to their end in Debian's Chromium, by double click and from the server."""

import shutil
import threading
from pathlib import Path

import pytest

from benchmarks.study_browser import CHROMIUM
from sims_core.base.local_server import listen
from sims_core.study.answers import DATABASE, RatersAnswer, read_answers
from sims_core.study.design import Block
from sims_core.study.server import open_store, study_app
from tests.support.small_study import answer, small_study

playwright_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium: apt-get install chromium")
STORE = """answers => {
    const key = Object.keys(localStorage).find(name => name.includes('answers'));
    localStorage[key] += answers;
}"""


@pytest.fixture(scope="module")
def browser():
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return small_study(tmp_path_factory.mktemp("browsed") / "study", num_sheets=2, num_main=60, exposures_ms=(125, 250))


@pytest.fixture
def study(made, tmp_path):
    shutil.copytree(made.folder, tmp_path / "study")
    return made.model_copy(update={"folder": tmp_path / "study"})


def last_of_each_block(study, count):
    return [name for block in Block
            for name in [n for n in study.sheet(0) if study.key.trials[n].block is block][-count:]]  # fmt: skip


def go_on(page, number, give):
    """Answer the trial of this number by `give`, after the page between blocks where there is one."""
    count = page.locator(".count", has_text=f"{number} of ")
    start = page.get_by_role("button", name="Start", exact=True)
    count.or_(start).first.wait_for()
    if start.count():
        start.click()
    count.wait_for()
    page.locator(".choices button:enabled").first.wait_for()
    give(page)


def test_a_study_opened_by_double_click_goes_to_its_end(browser, study, tmp_path):
    page = browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    address = (study.folder / "page/index.html").as_uri()
    page.goto(f"{address}?sheet=0&rater=anna")
    page.get_by_role("button", name="I agree", exact=True).click()
    for text in ("Continue", "Start"):  # by keyboard alone
        page.get_by_role("button", name=text, exact=True).and_(page.locator(":focus")).wait_for()
        page.keyboard.press("Enter")
    for number in (1, 2, 3):
        go_on(page, number, lambda page: page.keyboard.press("ArrowLeft"))
    page.locator(".count", has_text="4 of 72").wait_for()
    # All but the last trials of each block were answered, as far as this browser knows; loaded again it goes on.
    last = last_of_each_block(study, 3)
    before = [answer(study, name, "anna") for name in study.sheet(0)[3:] if name not in last]
    page.evaluate(STORE, "".join(f"\n{line.model_dump_json()}" for line in before))
    page.reload()
    with page.expect_download() as download:
        for number in range(72 - len(last) + 1, 73):
            go_on(page, number, lambda page: page.keyboard.press("j"))
    download.value.save_as(tmp_path / "answers" / download.value.suggested_filename)
    table = read_answers(tmp_path / "answers", study)
    assert list(table["trial"]) == study.sheet(0)
    assert (tmp_path / "answers/answers-anna.jsonl").exists()
    given = table.set_index("trial")["chosen"]
    assert set(given[study.sheet(0)[:3]]) == {"left"}
    assert set(given[last]) == {"right"}
    timed = table[table["trial"].isin(last) & (table["block"] == "timed")]
    assert (timed["measured_ms"] >= timed["exposure_ms"] - 1000 / timed["refresh_hz"]).all()
    assert (timed["refresh_hz"] > 20).all()
    assert not faults
    assert [url for url in asked if not url.startswith(("file://", "data:", "blob:file"))] == []
    page.close()


def test_a_served_study_goes_to_its_end_on_a_phone(browser, study):
    store = open_store(study)
    token = store.tokens()[0]
    last = last_of_each_block(study, 2)
    for name in study.sheet(0):
        if name not in last:
            store.save("sheet-0000", RatersAnswer.model_validate(answer(study, name).model_dump()))
    with served(study, store) as port:
        phone = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
        page = phone.new_page()
        page.goto(f"http://127.0.0.1:{port}/?rater={token}")
        for number in range(72 - len(last) + 1, 73):
            go_on(page, number, tap_lower_picture)
            if number == 68:
                page.locator(".count", has_text="69 of").or_(page.get_by_text("Start", exact=True)).first.wait_for()
                page.reload()
        page.get_by_text("All your answers have arrived").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(f"http://127.0.0.1:{port}/?rater=unknown")
        page.get_by_text("This address is not valid").wait_for()
        phone.close()
    store.close()
    table = read_answers(study.folder / DATABASE, study)
    assert list(table["trial"]) == study.sheet(0)
    assert set(table.set_index("trial").loc[last, "chosen"]) == {"right"}


def test_who_does_not_agree_leaves_nothing(browser, study):
    page = browser.new_page()
    page.goto((study.folder / "page/index.html").as_uri())
    page.get_by_role("button", name="I do not agree").click()
    page.get_by_text("Nothing was kept").wait_for()
    assert page.evaluate("localStorage.length") == 0
    page.goto(f"{(study.folder / 'page/index.html').as_uri()}?sheet=2")
    page.get_by_text("a number from 0 to 1 is expected").wait_for()
    page.close()


def tap_lower_picture(page):
    box = page.locator("canvas").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] - 5)


class served:  # noqa: N801
    """The study on a free port, in a thread."""

    def __init__(self, study, store):
        uvicorn = pytest.importorskip("uvicorn", reason="pip install 'sims[studio]'")
        self.listening = listen("127.0.0.1", 0)
        self.server = uvicorn.Server(uvicorn.Config(study_app(study, store), log_level="warning"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listening]})

    def __enter__(self):
        self.thread.start()
        return self.listening.getsockname()[1]

    def __exit__(self, *error):
        self.server.should_exit = True
        self.thread.join()
