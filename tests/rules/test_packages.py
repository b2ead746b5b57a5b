"""Who may import whom: the packages of sims_core keep to the table in pyproject.toml."""

import ast
import subprocess
import sys
import tomllib

import networkx as nx
import pytest

from sims_core.base.import_closure import direct_imports
from sims_core.base.pipeline_file import all_files
from tests.support.project import ROOT, environment

RULES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["sims"]
ALLOWED = RULES["packages"]
LIBRARY = [file for file in all_files(ROOT) if file.parts[0] == "sims_core" and len(file.parts) > 2]


def arrows(package):
    """Return the packages that a package imports, and by which file each."""
    found = {}
    for file in LIBRARY:
        if file.parts[1] == package:
            for target in direct_imports(ROOT, file):
                if target.parts[0] == "sims_core" and len(target.parts) > 2:
                    found.setdefault(target.parts[1], file)
    return found


def test_the_table_names_the_packages():
    packages = {path.name for path in (ROOT / "sims_core").iterdir() if (path / "__init__.py").is_file()}
    assert packages == set(ALLOWED)
    assert len(packages) <= 20


def test_nothing_lies_loose_in_the_library():
    loose = {path.name for path in (ROOT / "sims_core").iterdir() if path.is_file() and path.name != "py.typed"}
    assert loose == {"__init__.py"}


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_what_the_table_allows(package):
    allowed = {"base", package, *ALLOWED[package]}
    if allowed & {"*"}:
        return
    wrong = {target: str(file) for target, file in arrows(package).items() if target not in allowed}
    assert wrong == {}


def test_an_arrow_that_is_never_drawn_is_not_allowed():
    unused = {(package, name) for package, names in ALLOWED.items() for name in names if name not in arrows(package)}
    assert unused <= {("cli", "*")}


def test_arrows_between_packages_form_no_circle():
    graph = nx.DiGraph((package, target) for package in ALLOWED for target in arrows(package) if target != package)
    assert list(nx.simple_cycles(graph)) == []


@pytest.mark.parametrize(
    ("package", "never"), [("composition", {"networks"}), ("training", {"evaluation", "synthesis", "report"})]
)
def test_walls_hold_through_other_packages_too(package, never):
    graph = nx.DiGraph((name, target) for name in ALLOWED for target in arrows(name) if target != name)
    assert not nx.descendants(graph, package) & never


def test_every_package_says_what_it_is_for_and_what_it_may_import():
    for package, names in ALLOWED.items():
        text = ast.get_docstring(ast.parse((ROOT / "sims_core" / package / "__init__.py").read_text()))
        purpose, allowed = text.split("\n\n")
        assert purpose.endswith(".")
        listed = {"base": "nothing of the project", "cli": "every package"}
        assert allowed == f"May import: {listed.get(package, ', '.join(['base', *names]))}."


def test_other_packages_load_no_torch():
    light = [
        ".".join(file.with_suffix("").parts)
        for file in LIBRARY
        if file.parts[1] not in RULES["may_load_torch"] and not file.stem.startswith("__")
    ]
    code = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert "torch" not in sys.modules, name
"""
    done = subprocess.run([sys.executable, "-c", code, *light], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr.splitlines()[-1]


def test_every_package_that_may_load_torch_does():
    text = {name: "" for name in RULES["may_load_torch"]}
    for file in LIBRARY:
        if file.parts[1] in text:
            text[file.parts[1]] += (ROOT / file).read_text()
    ways = {name: ["import torch", *(f"sims_core.{other}." for other in text if other != name)] for name in text}
    assert [name for name, code in text.items() if not any(way in code for way in ways[name])] == []
