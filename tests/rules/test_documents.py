"""What the documents name exists: the walk's functions, relative links, paths of the project."""

import ast
import re

import pytest

from tests.support.project import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
STATION = re.compile(r"^`(?P<file>.+\.py)` · `(?P<name>[\w.]+)`$", re.MULTILINE)
STATIONS = STATION.findall((ROOT / "docs/walk.md").read_text())


def definitions(file):
    """Return the functions and classes of a file, and the methods of classes as Class.method."""
    names = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{item.name}" for item in node.body if isinstance(item, ast.FunctionDef)}
    return names


def anchors(text):
    """Return the names by which GitHub links to the headings of a document, and its own <a id> anchors."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def test_the_walk_has_eight_stations():
    assert len(STATIONS) == 8
    assert len(re.findall(r"^## \d\. ", (ROOT / "docs/walk.md").read_text(), re.MULTILINE)) == 8


@pytest.mark.parametrize(("file", "name"), STATIONS)
def test_every_name_of_the_walk_exists(file, name):
    assert name in definitions(ROOT / file)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document):
    text = document.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = document if not name else document.parent / name
        assert file.exists(), f"{document.name}: {target}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text()), f"{document.name}: {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_of_code_exist(document):
    named = re.findall(r"`((?:sims_core|stages|tests|presets|benchmarks|examples)/[\w/.-]+)`", document.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []
