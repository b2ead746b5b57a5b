"""What is derived in dvc.yaml: by hand in a small checkout, and as committed."""

import shutil

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.pipeline_file import MARK, check_pipeline, data_files, sections_read, write_pipeline
from sims_core.base.stage_table import BEGIN, END
from tests.support.project import ROOT

FILES = {
    "stages/draw.py": """
from sims_core.pens.pen import Pen


def main(params):
    parameters = load_parameters(params)
    Pen(parameters.section("paper", Paper), parameters.section("ink", Ink), parameters.seed)
""",
    # A member of the matrix depends on its own section.
    "stages/colour.py": """
def main(brush, params):
    parameters = load_parameters(params)
    return parameters.section(brush, BRUSHES[brush]), parameters.section("ink", Ink)
""",
    "stages/look.py": "def main():\n    from sims_core.pens import pen\n",
    "sims_core/pens/pen.py": "import sims_core.pens.nib\n",
    "sims_core/pens/nib.py": "",
    "sims_core/pens/unused.py": "",
}
HEAD = "# Kept by hand: this line, all above a mark, and the order there.\nvars:\n  - a: b\n\nstages:\n"
# Of each stage what is kept, and what is derived.
STAGES = {
    "draw": (
        f"""  draw:
    desc: "Draws."   # with a pen
    cmd: python -m stages.draw
    outs:
      - data/drawing
    deps:
      - data/zebra   # first, though last by the alphabet

      - data/apple
{MARK}
""",
        """      - sims_core/pens/nib.py
      - sims_core/pens/pen.py
      - stages/draw.py
    params:
      - ink
      - paper
      - seed
""",
    ),
    "colour": (
        f"""  colour:
    matrix:
      brush: ${{shop.brushes}}
    desc: Colours.
    cmd: python -m stages.colour ${{item.brush}}
    outs:
      - data/colour/${{item.brush}}
    deps:
      - data/drawing
{MARK}
""",
        """      - stages/colour.py
    params:
      - ${item.brush}
      - ink
""",
    ),
    "look": (
        f"  look:\n    desc: Looks.\n    cmd: python -m stages.look\n    outs: []\n    deps:\n{MARK}\n",
        "      - sims_core/pens/nib.py\n      - sims_core/pens/pen.py\n      - stages/look.py\n",
    ),
}
RIGHT = HEAD + "".join(kept + derived for kept, derived in STAGES.values())
TABLE = """| stage | reads | writes | in one sentence |
|--|--|--|--|
| `draw` | `zebra`, `apple` | `drawing` | Draws. |
| `colour@<brush>` | `drawing` | `colour/<brush>` | Colours. |
| `look` | the dataset |  | Looks. |
"""
PAGE = f"# Stages\n{BEGIN}\n{TABLE}{END}\nMore.\n"


@pytest.fixture
def root(tmp_path):
    """A checkout of three stages and two modules in which all is right."""
    for name, text in (FILES | {"dvc.yaml": RIGHT, "docs/pipeline.md": PAGE}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_nothing_is_written_where_all_is_right(root):
    check_pipeline(root)
    assert write_pipeline(root) == []


def test_sections_are_those_that_the_code_names(root):
    assert sections_read(root / "stages/draw.py") == ["ink", "paper", "seed"]
    assert sections_read(root / "stages/colour.py") == ["${item.brush}", "ink"]
    assert sections_read(root / "stages/look.py") == []


def without(stage, line):
    kept, derived = STAGES[stage]
    assert f"{line}\n" in derived
    return RIGHT.replace(kept + derived, kept + derived.replace(f"{line}\n", ""))


def never_written():
    return HEAD + "".join(kept for kept, _ in STAGES.values())


@pytest.mark.parametrize(
    ("wrong", "stages"),
    [
        (without("draw", "      - sims_core/pens/nib.py"), ["draw"]),
        (without("draw", "      - seed"), ["draw"]),
        (without("colour", "      - ${item.brush}"), ["colour"]),
        (RIGHT + "      - stages/another.py\n", ["look"]),
        (RIGHT.replace("      - ink\n      - paper\n", "      - paper\n      - ink\n"), ["draw"]),
        (never_written(), ["draw", "colour", "look"]),
    ],
    ids=["code", "seed", "matrix", "too much", "order", "never written"],
)
def test_what_is_missing_or_too_much_is_named_and_mended_byte_for_byte(root, wrong, stages):
    (root / "dvc.yaml").write_text(wrong)
    with pytest.raises(SimsError, match=f"not up to date, found {', '.join(stages)}; run 'sims pipeline write'"):
        check_pipeline(root)
    assert (root / "dvc.yaml").read_text() == wrong
    assert write_pipeline(root) == stages
    assert (root / "dvc.yaml").read_text() == RIGHT


def test_the_table_of_stages_is_written_into_its_place(root):
    (root / "docs/pipeline.md").write_text(PAGE.replace(TABLE, "| an old table |\n"))
    with pytest.raises(SimsError, match=r"found pipeline\.md"):
        check_pipeline(root)
    assert write_pipeline(root) == ["pipeline.md"]
    assert (root / "docs/pipeline.md").read_text() == PAGE


def remove(root, name):
    (root / name).unlink()


def replace(root, name, old, new=""):
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("spoil", "arguments", "message"),
    [
        (remove, ["stages/look.py"], "stage 'look' has no file, expected stages/look.py"),
        (replace, ["dvc.yaml", f"{MARK}\n"], "stage 'draw' has no derived part; end its deps with the line"),
        (replace, ["docs/pipeline.md", BEGIN], "has no place for the table of stages"),
        (remove, ["dvc.yaml"], "dvc.yaml: not found; run from the project's checkout"),
        (replace, ["dvc.yaml", "desc: Looks.", "desc: [Looks."], "dvc.yaml: is not valid YAML, found"),
        (replace, ["dvc.yaml", "stages:", "steps:"], "dvc.yaml: has no 'stages'"),
        (replace, ["dvc.yaml", "    desc: Looks.\n"], "dvc.yaml: stage 'look' has no 'desc'"),
    ],
    ids=["no file", "no mark", "no table", "no dvc.yaml", "no YAML", "no stages", "no desc"],
)
def test_what_cannot_be_written_is_said_in_one_line_and_nothing_changes(root, spoil, arguments, message):
    replace(root, "dvc.yaml", "      - ink\n")  # there would be something to write
    spoil(root, *arguments)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for act in (write_pipeline, check_pipeline):
        with pytest.raises(SimsError, match=message) as caught:
            act(root)
        assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_data_of_the_package_go_with_the_module_that_reads_them(root):
    modules = ["sims_core/datasets/class_tables.py", "sims_core/drawing/pages.py", "sims_core/base/files.py"]
    expected = {"sims_core/datasets/tables", "sims_core/drawing/templates/style.css.j2"}
    assert data_files({ROOT.joinpath(name).relative_to(ROOT) for name in modules}) == expected


def test_a_folder_stands_for_its_files_where_a_stage_needs_all_of_them(root):
    remove(root, "sims_core/pens/unused.py")
    (root / "sims_core/pens/__init__.py").touch()
    (root / "sims_core/pens/__pycache__").mkdir()
    files = "      - sims_core/pens/nib.py\n      - sims_core/pens/pen.py\n"
    assert write_pipeline(root) == ["draw", "look"]
    assert (root / "dvc.yaml").read_text() == RIGHT.replace(files, "      - sims_core/pens\n")
    (root / "sims_core/pens/template.j2").touch()  # no module, so no stage says that it needs the file
    assert write_pipeline(root) == ["draw", "look"]
    assert (root / "dvc.yaml").read_text() == RIGHT


@pytest.fixture
def checkout(tmp_path):
    """What of this checkout is derived, to be spoilt, and the code to derive it from."""
    for name in ("stages", "sims_core"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "docs").mkdir()
    for name in ("dvc.yaml", "docs/pipeline.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_committed_files_are_as_written_and_any_line_comes_back(checkout):
    committed = (checkout / "dvc.yaml").read_text()
    check_pipeline(checkout)
    assert write_pipeline(checkout) == []
    assert (checkout / "dvc.yaml").read_text() == committed
    assert (checkout / "docs/pipeline.md").read_text() == (ROOT / "docs/pipeline.md").read_text()
    for line in ("      - sims_core/base/errors.py\n", "      - synthesis\n", "      - ${item.baseline}\n"):
        before, _, after = committed.rpartition(line)
        (checkout / "dvc.yaml").write_text(before + after)
        with pytest.raises(SimsError, match="is not up to date"):
            check_pipeline(checkout)
        assert len(write_pipeline(checkout)) == 1
        assert (checkout / "dvc.yaml").read_text() == committed
