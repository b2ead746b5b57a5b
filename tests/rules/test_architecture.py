"""The rules of docs/design.md that code alone can break: direction of imports, no cycles, empty packages."""

import ast

import networkx as nx
import pytest

from sims_core.base.import_closure import direct_imports
from sims_core.base.pipeline_file import all_files
from tests.support.project import ROOT


def test_imports_form_a_dag_without_cycles():
    graph = nx.DiGraph((str(file), str(target)) for file in all_files(ROOT) for target in direct_imports(ROOT, file))
    assert list(nx.simple_cycles(graph)) == []


@pytest.mark.parametrize("file", all_files(ROOT), ids=str)
def test_library_never_imports_stages_and_stages_never_each_other(file):
    imported_stages = [t for t in direct_imports(ROOT, file) if t.parts[0] == "stages" and t.name != "__init__.py"]
    assert imported_stages == []


@pytest.mark.parametrize("file", [f for f in all_files(ROOT) if f.name == "__init__.py"], ids=str)
def test_packages_import_nothing(file):
    """The top package finds its public names by text (tests/rules/test_public_names.py)."""
    tree = ast.parse((ROOT / file).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not imports or file.as_posix() == "sims_core/__init__.py"
    assert not direct_imports(ROOT, file)


@pytest.mark.parametrize("file", all_files(ROOT), ids=str)
def test_files_and_functions_stay_readable(file):
    text = (ROOT / file).read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            documented = len((ast.get_docstring(node) or "").splitlines())
            assert length - documented <= 70, f"{node.name} has {length} lines"
