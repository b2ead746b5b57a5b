"""Imports followed through a tree of files made by hand."""

from pathlib import Path

import pytest

from sims_core.base.import_closure import closure, direct_imports, module_file

FILES = {
    "stages/__init__.py": "",
    "stages/make.py": "import numpy\nfrom sims_core.town.street import walk\n",
    "sims_core/__init__.py": "",
    "sims_core/town/__init__.py": '"""A package."""\n',
    # A module by its package, one inside a function, one for typing alone, one that is no file.
    "sims_core/town/street.py": """
from typing import TYPE_CHECKING

from sims_core.town import house

if TYPE_CHECKING:
    from sims_core.town.unused import Sign


def walk():
    import sims_core.town.door as door
    from sims_core.town.house import missing_name
""",
    "sims_core/town/house.py": "if True:\n    from sims_core.town.door import open_door\n",
    "sims_core/town/door.py": "from sims_core.town.street import walk  # a circle\nimport sims_core_of_another.door\n",
    "sims_core/town/unused.py": "from sims_core.town.house import roof\n",
}


def town(*names):
    return {Path(f"sims_core/town/{name}.py") for name in names}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_dotted_name_is_a_file_a_package_or_none_of_ours(root):
    assert module_file(root, "sims_core.town.house") == Path("sims_core/town/house.py")
    assert module_file(root, "sims_core.town") == Path("sims_core/town/__init__.py")
    for name in ("sims_core.town.house.roof", "numpy", "sims_core_of_another.door"):
        assert module_file(root, name) is None


def test_direct_imports_are_those_that_run(root):
    package = Path("sims_core/town/__init__.py")
    assert direct_imports(root, Path("sims_core/town/street.py")) == town("house", "door") | {package}
    assert direct_imports(root, Path("sims_core/town/house.py")) == town("door")
    assert direct_imports(root, package) == set()


def test_the_closure_follows_circles_once_and_leaves_packages_out(root):
    stage = Path("stages/make.py")
    assert closure(root, stage) == town("street", "house", "door") | {stage}
    assert closure(root, Path("sims_core/town/unused.py")) == town("unused", "house", "door", "street")


def test_a_changed_file_has_other_imports(root):
    stage = Path("stages/make.py")
    (root / stage).write_text("from sims_core.town import unused\n")
    assert Path("sims_core/town/unused.py") in closure(root, stage)
    (root / "sims_core/town/unused.py").write_text("")
    assert closure(root, stage) == town("unused") | {stage}
