"""The tests lie as the library does: who looks for the tests of a module knows where they are."""

import ast

import pytest

from tests.support.project import ROOT

TESTS = ROOT / "tests"
# Tests of several packages together, tests of how the project is built, and what tests share.
OTHER_FOLDERS = {"pipeline", "rules", "support"}
# Tests of one package that are about an idea and not about a module.
TOPICS = {
    "composition": {"composer_on_streets"},
    "datasets": {
        "arrangements",
        "field_cases",
        "further_field_cases",
        "label_forms",
        "official_rooms",
        "official_streets",
    },
    "networks": {"baseline_networks"},
    "synthesis": {"examples", "same_as_stages"},
    "training": {"critic", "golden_losses", "layout_refinement", "rivals"},
}


def packages():
    return {path.parent.name for path in (ROOT / "sims_core").glob("*/__init__.py")}


def modules_of(package):
    """The names of a package, and of its modules and the packages within at any depth."""
    return {package, *(path.stem for path in (ROOT / "sims_core" / package).rglob("*"))}


def modules_tested(package):
    return {path.stem.removeprefix("test_") for path in (TESTS / package).rglob("test_*.py")}


def test_every_folder_is_that_of_a_package():
    folders = {path.name for path in TESTS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == packages() | OTHER_FOLDERS


@pytest.mark.parametrize("package", sorted(packages()))
def test_every_test_module_is_that_of_a_module_or_a_topic(package):
    assert modules_tested(package) - modules_of(package) == TOPICS.get(package, set())


@pytest.mark.parametrize("file", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_tests_import_from_each_other_only_what_is_in_support(file):
    imported = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported += [f"{node.module}.{alias.name}" for alias in node.names]
    assert [name for name in imported if name.startswith("tests.") and not name.startswith("tests.support.")] == []
