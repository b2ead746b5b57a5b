"""A module -> the files of this project that it imports, directly or not.

DVC does not follow imports: a stage's code dependencies in dvc.yaml are the closure of its file, and an unfinished
training goes on only while the closure of its task stays the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from sims_core.base.errors import SimsError
from sims_core.base.text_files import read_text

PACKAGES = ("sims_core", "stages")
# The folder that holds the package: a checkout, or site-packages.
INSTALLED_ROOT = Path(__file__).parents[2]


def module_file(root: Path, module: str) -> Path | None:
    """Return the file of a dotted module of this project, relative to the root; None for other modules."""
    if module.split(".")[0] not in PACKAGES:
        return None
    base = Path(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if (root / candidate).is_file():
            return candidate
    return None


def direct_imports(root: Path, file: Path) -> frozenset[Path]:
    """Return the project files that a file imports, at its top or inside functions, but not for typing alone.

    Args:
        root: The folder that holds the packages.
        file: Relative to the root.
    """
    return _imports_of(root / file, read_text(root / file), root) - {file}


def parse_module(path: Path, text: str) -> ast.Module:
    """Return the syntax tree of a module's text; SimsError naming its file when it is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise SimsError(path, "is not valid Python", found=error) from error


def closure(root: Path, file: Path) -> set[Path]:
    """Return a file and every project file that it imports, without `__init__.py` files, which import nothing.

    Args:
        root: The folder that holds the packages.
        file: Relative to the root; so are the results.
    """
    seen: set[Path] = set()
    waiting = [file]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += direct_imports(root, current)
    return {path for path in seen if path.name != "__init__.py"}


@lru_cache(maxsize=1024)
def _imports_of(file: Path, text: str, root: Path) -> frozenset[Path]:
    found: set[Path] = set()
    for node in _runtime_nodes(parse_module(file, text)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        found |= {target for name in names if (target := module_file(root, name)) is not None}
    return frozenset(found)


def _runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _runtime_nodes(child)
