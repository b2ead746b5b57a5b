"""Which project files a module imports, directly or not: what a DVC stage must list as dependencies."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("sims_core", "stages")


def module_file(module: str) -> Path | None:
    """Return the file of a dotted module of this project, relative to the root; None for other modules."""
    if module.split(".")[0] not in PACKAGES:
        return None
    base = Path(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if (ROOT / candidate).is_file():
            return candidate
    return None


@cache
def direct_imports(file: Path) -> frozenset[Path]:
    """Return the project files that a file imports, at its top or inside functions (but not for typing alone)."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    found: set[Path] = set()
    for node in _runtime_nodes(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        found |= {target for name in names if (target := module_file(name)) is not None}
    return frozenset(found - {file})


def _runtime_nodes(node: ast.AST):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _runtime_nodes(child)


def closure(file: Path) -> set[Path]:
    """Return the file and every project file it imports, without the `__init__.py` files (they import nothing)."""
    seen: set[Path] = set()
    waiting = [file]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += direct_imports(current)
    return {path for path in seen if path.name != "__init__.py"}


def all_files() -> list[Path]:
    """Return every Python file of the project's packages, relative to the root, sorted."""
    return sorted(path.relative_to(ROOT) for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
