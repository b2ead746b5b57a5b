"""What README.md and examples/ tell people to do with a finished project, done."""

import re
import runpy
import sys

import numpy as np
import pytest
from PIL import Image

from sims_core import Synthesizer
from sims_core.base.files import read_json
from sims_core.base.read_pictures import read_photo
from sims_core.formats.scenes import SceneReader
from sims_core.synthesis.pack import pack_project
from tests.support.project import ROOT

EXAMPLE = ROOT / "examples/first_photograph.py"


def test_the_example_writes_a_photograph_and_its_credits(finished_project, tmp_path, monkeypatch, capsys):
    out = tmp_path / "street.png"
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), str(finished_project), str(out)])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert read_photo(out).shape == (*Synthesizer(finished_project).frame, 3)
    credit = read_json(tmp_path / "street.credits.json", "")
    printed = capsys.readouterr().out.splitlines()
    assert [entry["photo"] in line for entry, line in zip(credit["photos"], printed, strict=True)]
    shares = [entry["share_of_pixels"] for entry in credit["photos"]]
    assert sum(shares) + credit["share_invented"] == pytest.approx(1)


def test_the_example_says_what_is_wrong_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), str(tmp_path / "nowhere.zip"), "street.png"])
    with pytest.raises(SystemExit, match=r"^error: .*nowhere\.zip: project not found"):
        runpy.run_path(str(EXAMPLE), run_name="__main__")


def test_the_snippet_of_the_readme_runs(finished_project, tmp_path, monkeypatch):
    (snippet,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    reader = SceneReader(finished_project / "data/scenes")
    labels = reader.load(reader.ids("train")[0]).labels
    Image.fromarray(labels).save(tmp_path / "layout.png")
    pack_project(finished_project, tmp_path / "project.zip")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(snippet, names)  # noqa: S102
    result, other = names["result"], names["other"]
    assert np.array_equal(read_photo(tmp_path / "street.png"), result.photo)
    assert np.array_equal(result.photo, Synthesizer(finished_project).synthesize(labels).photo)
    assert names["most_used"] in result.canvas.photo_ids
    assert names["most_used"] not in other.canvas.photo_ids
    assert names["segment"] == result.sources[result.provenance[50, 80]]
