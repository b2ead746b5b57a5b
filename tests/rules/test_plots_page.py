"""The page of `dvc plots show` and `diff` needs nothing from the net."""

import re

from dvc.config import Config
from dvc_render.html import HTML

from tests.support.project import ROOT


def test_dvc_uses_the_page_of_this_repository():
    config = Config.load_file(str(ROOT / ".dvc/config"))
    assert (ROOT / ".dvc" / config["plots"]["html_template"]).is_file()


def test_scripts_are_inside_and_charts_find_their_place():
    page = HTML((ROOT / ".dvc/plots.html").read_text(encoding="utf-8"))
    made = page.with_scripts('<script src="https://elsewhere/vega.js"></script>').with_element("<p>a chart</p>").embed()
    tags = re.findall(r"<(?:script|link)\b[^>]*>", made)
    assert tags == ["<script>"] * 3
    assert "<p>a chart</p>" in made[made.index("<body>") :]
    assert "{scripts}" not in made
    assert "sourceMappingURL=" not in made


def test_the_licence_travels_with_the_scripts():
    head = (ROOT / ".dvc/plots.html").read_text(encoding="utf-8").partition("<html>")[0]
    for said in ("vega 5.", "vega-lite 5.", "vega-embed 6.", "University of Washington", "BSD-3-Clause", "AS IS"):
        assert said in head
