"""Code -> what dvc.yaml and docs/pipeline.md say of it.

A stage's entry ends with what is derived from its code, below one comment line: the import closure of
stages/<stage>.py as dependencies, and the sections of params.yaml that the stage reads. A folder of which the closure
holds every file stands for its files: DVC reads dvc.yaml and dvc.lock twice in every command, and their length is
most of what an idle `dvc repro` costs. What stands above that line is kept by hand and stays byte for byte.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file
from sims_core.base.import_closure import PACKAGES, closure, parse_module
from sims_core.base.stage_table import BEGIN, END, with_stage_table
from sims_core.base.text_files import parse_yaml, read_text

MARK = "      # Down to the end of the stage: written by `sims pipeline write`."
# Files and folders of the package that a module reads as data, by the module.
DATA_OF = {
    Path("sims_core/datasets/class_tables.py"): "sims_core/datasets/tables",
    Path("sims_core/datasets/check/page.py"): "sims_core/drawing/templates/data_check.html.j2",
    Path("sims_core/drawing/pages.py"): "sims_core/drawing/templates/style.css.j2",
    Path("sims_core/report/page.py"): "sims_core/drawing/templates/report.html.j2",
    Path("sims_core/report/results.py"): "sims_core/report/results.md.j2",
    Path("sims_core/study/make.py"): "sims_core/study/page",
    Path("sims_core/study/results.py"): "sims_core/drawing/templates/study.html.j2",
    Path("sims_core/usefulness/card.py"): "sims_core/usefulness/card.md.j2",
}
_STAGE = re.compile(r"  (\w+):\n?$")


def write_pipeline(root: Path) -> list[str]:
    """Rewrite what is derived in dvc.yaml, and the table of stages in docs/pipeline.md, each atomically.

    Args:
        root: The checkout, which holds dvc.yaml, stages/, sims_core/ and docs/.

    Returns:
        The stages whose entry changed, and the page if it changed; an empty list when all was right.

    Raises:
        SimsError: There is no dvc.yaml, a stage has no file or no mark, or the page has no place for the table.
    """
    files = _derived_files(root)
    changed = _changed(files)
    for path, (before, after) in files.items():
        if before != after:
            with atomic_file(path) as temporary:
                temporary.write_text(after, encoding="utf-8")
    return changed


def check_pipeline(root: Path) -> None:
    """Raise SimsError, naming the stages, when dvc.yaml or the table of stages does not say what the code needs."""
    if stale := _changed(_derived_files(root)):
        raise SimsError(
            root / "dvc.yaml",
            "what is derived from the code is not up to date",
            found=", ".join(stale),
            remedy="run 'sims pipeline write' and commit what it changes",
        )


def _derived_files(root: Path) -> dict[Path, tuple[str, str]]:
    """Return dvc.yaml and docs/pipeline.md, each as it is and as it should be."""
    pipeline, page = root / "dvc.yaml", root / "docs" / "pipeline.md"
    text = _read(pipeline)
    _check_form(pipeline, text)
    derived = derived_pipeline(root, text)
    page_text = _read(page)
    with_table = with_stage_table(page_text, derived)
    if with_table is None:
        raise SimsError(page, "has no place for the table of stages", remedy=f"put these two lines in: {BEGIN} {END}")
    return {pipeline: (text, derived), page: (page_text, with_table)}


def _changed(files: dict[Path, tuple[str, str]]) -> list[str]:
    (pipeline, page) = files.values()
    blocks = zip(_blocks(pipeline[0]), _blocks(pipeline[1]), strict=True)
    stages = [str(_stage_of(new)) for old, new in blocks if old != new]
    return stages + [path.name for path in list(files)[1:] if page[0] != page[1]]


def derived_pipeline(root: Path, text: str) -> str:
    """Return the text of a dvc.yaml with each stage's derived part written anew."""
    return "".join(
        block if (name := _stage_of(block)) is None else _derived_stage(root, name, block) for block in _blocks(text)
    )


def sections_read(file: Path) -> list[str]:
    """Return the sections that a stage's file takes from `Parameters`, in order, and `seed` where it is used.

    A section that a variable names is that of a member of the stage's matrix, whose variable has the same name: each
    member depends on its own section alone.
    """
    found: dict[str, None] = {}
    uses_seed = False
    for node in ast.walk(parse_module(file, read_text(file))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "section":
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found[name.value] = None
            elif isinstance(name, ast.Name):
                found[f"${{item.{name.id}}}"] = None
        uses_seed |= isinstance(node, ast.Attribute) and node.attr == "seed" and "param" in ast.unparse(node.value)
    return sorted(found) + ["seed"] * uses_seed


def data_files(files: set[Path]) -> set[str]:
    """Return the package's data files and folders that the given modules read."""
    return {data for module, data in DATA_OF.items() if module in files}


def whole_folders(root: Path, files: set[Path]) -> set[Path]:
    """Return modules, with each folder that holds nothing else than two or more of them in their place.

    Args:
        root: The folder that holds the packages.
        files: Modules relative to the root; so are the results. An `__init__.py` of a folder counts for nothing.
    """
    merged = set(files)
    for folder in {file.parent for file in files}:
        held = {path for path in (root / folder).iterdir() if path.name not in ("__init__.py", "__pycache__")}
        inside = {root / file for file in files if file.parent == folder}
        if len(inside) > 1 and held == inside:
            merged = {file for file in merged if file.parent != folder} | {folder}
    return merged


def all_files(root: Path) -> list[Path]:
    """Return every Python file of the project's packages, relative to the root, sorted."""
    return sorted(path.relative_to(root) for name in PACKAGES for path in (root / name).rglob("*.py"))


def _derived_stage(root: Path, name: str, block: str) -> str:
    script = Path("stages") / f"{name}.py"
    if not (root / script).is_file():
        raise SimsError(root / "dvc.yaml", f"stage '{name}' has no file", expected=script)
    kept, mark, _ = block.partition(f"{MARK}\n")
    if not mark:
        raise SimsError(
            root / "dvc.yaml", f"stage '{name}' has no derived part", remedy=f"end its deps with the line:\n{MARK}"
        )
    files = closure(root, script)
    code = sorted([*map(str, whole_folders(root, files)), *data_files(files)])
    params = sections_read(root / script)
    lines = [f"      - {path}" for path in code] + ["    params:"] * bool(params)
    return kept + mark + "".join(f"{line}\n" for line in lines + [f"      - {key}" for key in params])


def _blocks(text: str) -> list[str]:
    """Cut a dvc.yaml into the entries of its stages and what lies around them; joined, they are the text."""
    blocks, current, inside = [], "", False
    for line in text.splitlines(keepends=True):
        top = bool(line.strip()) and not line.startswith((" ", "#"))
        if top or (inside and _STAGE.match(line)):
            blocks.append(current)
            current = ""
        if top:
            inside = line.startswith("stages:")
            if inside:
                blocks.append(line)
                continue
        current += line
    return [*blocks, current]


def _stage_of(block: str) -> str | None:
    match = _STAGE.match(block.splitlines(keepends=True)[0]) if block else None
    return match.group(1) if match else None


def _read(path: Path) -> str:
    if not path.is_file():
        raise SimsError(path, "not found", remedy="run from the project's checkout, or name it with --project")
    return read_text(path)


def _check_form(path: Path, text: str) -> None:
    """Raise SimsError unless a dvc.yaml is YAML with stages, each with what the table of stages shows."""
    content = parse_yaml(path, text)
    stages = content.get("stages") if isinstance(content, dict) else None
    if not isinstance(stages, dict):
        raise SimsError(path, "has no 'stages'")
    for name, stage in stages.items():
        for key in ("desc", "outs", "deps"):
            if not isinstance(stage, dict) or key not in stage:
                raise SimsError(path, f"stage '{name}' has no '{key}'")
