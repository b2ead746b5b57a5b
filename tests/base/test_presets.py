"""Presets: overlays composed with their bases, by hand and as shipped, and the switch between them."""

import shutil

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from sims_core.base.errors import SimsError
from sims_core.base.parameters import load_parameters
from sims_core.base.presets import compose_preset, load_preset, use_preset
from sims_core.cli.app import commands
from tests.support.project import ROOT

PRESETS = sorted(path.stem for path in (ROOT / "presets").glob("*.yaml"))
BASES = ["cityscapes_256", "demo"]

BASE = """# The base.
seed: 0  # of every draw

# A dataset.
prepare:
  height_px: 128
  source:
    # Drawn.
    dataset: street
    num_train: 160  # enough

# Two networks.
net:
  # As in the paper.
  sizes: [1, 2]
  lr: 1e-3  # high
  ramp:
    start: 1e-6

last: null
"""


@pytest.fixture
def compose(tmp_path):
    """Compose an overlay, given as text, with BASE."""

    def composed(overlay: str) -> str:
        (tmp_path / "base.yaml").write_text(BASE)
        (tmp_path / "overlay.yaml").write_text(overlay)
        return compose_preset(tmp_path / "overlay.yaml")

    return composed


def read(text):
    return YAML(typ="safe", pure=True).load(text)


def test_an_empty_overlay_is_its_base_below_its_own_heading(compose):
    assert compose("# Mine.\nbase: base\n") == BASE.replace("# The base.", "# Mine.")
    assert compose("base: base") == BASE.removeprefix("# The base.\n")


@pytest.mark.parametrize(
    ("overlay", "old", "new"),
    [
        # A mapping merges; what is behind or above a changed line goes with it, or stays.
        ("net:\n  lr: 2e-4", "lr: 1e-3  # high", "lr: 2e-4"),
        ("net:\n  lr: 1e-4  # low", "lr: 1e-3  # high", "lr: 1e-4  # low"),
        ("net:\n  sizes: [3]", "sizes: [1, 2]", "sizes: [3]"),
        ("net:\n  # Ours.\n  sizes: [3]", "# As in the paper.\n  sizes: [1, 2]", "# Ours.\n  sizes: [3]"),
        ("\n# One network.\nnet:\n  lr: 1e-3  # high", "# Two networks.", "# One network."),
        # A scalar, null or a mapping in braces replaces.
        ("net:\n  ramp: null", "ramp:\n    start: 1e-6", "ramp: null"),
        ("net: {lr: 1}", BASE[BASE.index("net:") : BASE.index("\nlast")], "net: {lr: 1}\n"),
        ("last:\n  - 1\n  - 2", "last: null", "last:\n  - 1\n  - 2"),
        # The same dataset merges, another replaces.
        ("prepare:\n  source:\n    num_train: 3", "num_train: 160  # enough", "num_train: 3"),
        (
            "prepare:\n  source:\n    dataset: mine\n    # Here.\n    root: x",
            "# Drawn.\n    dataset: street\n    num_train: 160  # enough",
            "dataset: mine\n    # Here.\n    root: x",
        ),
        # A new key comes last in its mapping, indented as its neighbours.
        ("net:\n    finer:  # later\n        lr: 1", "start: 1e-6", "start: 1e-6\n  finer:  # later\n    lr: 1"),
    ],
)
def test_overlays_by_hand(compose, overlay, old, new):
    assert BASE.count(old) == 1
    assert compose(f"# The base.\nbase: base\n{overlay}\n") == BASE.replace(old, new)


def test_an_alias_stands_for_its_mapping(compose):
    composed = read(compose("base: base\nnet: &net\n  lr: 2e-4\nlast: *net\n"))
    assert composed["last"] == composed["net"] == {"sizes": [1, 2], "lr": 2e-4, "ramp": {"start": 1e-6}}


def leaves(content, path=()):
    """Return the values of nested mappings by their paths."""
    if not isinstance(content, dict):
        return {path: content}
    return {place: leaf for key, value in content.items() for place, leaf in leaves(value, (*path, key)).items()}


def repeated(base, overlay):
    """Return the keys of an overlay that have their base's value, but for what comes with another dataset."""
    before, after = leaves(read(base)), leaves(read(overlay))
    source = ("prepare", "source")
    is_other = before[*source, "dataset"] != after.get((*source, "dataset"), before[*source, "dataset"])
    return {
        ".".join(path)
        for path, value in after.items()
        if (path in before and before[path] == value) and not (is_other and path[:2] == source)
    }


def test_repeated_keys_by_hand():
    assert repeated(BASE, "base: base\nseed: 0\nnet:\n  lr: 0.001\n  sizes: [2, 1]\nlast: 1\n") == {"seed", "net.lr"}
    assert repeated(BASE, "prepare:\n  source:\n    dataset: mine\n    num_train: 160\n") == set()
    assert repeated(BASE, "prepare:\n  source:\n    dataset: street\n") == {"prepare.source.dataset"}


@pytest.mark.parametrize("name", [name for name in PRESETS if name not in BASES])
def test_an_overlay_repeats_no_value_of_its_base_and_says_what_it_is(name):
    text = (ROOT / f"presets/{name}.yaml").read_text()
    base = (ROOT / f"presets/{read(text)['base']}.yaml").read_text()
    assert repeated(base, text) == set()
    heading = text.splitlines()[0]
    assert heading.startswith("# ")
    assert compose_preset(ROOT / f"presets/{name}.yaml").splitlines()[0] == heading


@pytest.mark.parametrize("name", PRESETS)
def test_presets_compose_to_complete_valid_parameters(name, tmp_path):
    path = ROOT / f"presets/{name}.yaml"
    (tmp_path / "params.yaml").write_text(compose_preset(path))
    assert load_parameters(tmp_path / "params.yaml").seed == load_preset(path).seed == 0
    if name in BASES:
        assert compose_preset(path) == path.read_text()


@pytest.fixture
def project(tmp_path):
    """A folder with the presets and no params.yaml."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    return tmp_path


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ("base: demmo", "mine.yaml: no base 'demmo' beside it, expected a preset of presets/; did you mean"),
        ("base: mine", "mine.yaml: its base 'mine' is laid on it; name a complete preset, as base: demo"),
        ("base: [demo]", "mine.yaml: no base '' beside it"),
        ("base: demo\nsegments:\n  min_aera_fraction: 0.1", "mine.yaml: unknown key 'segments.min_aera_fraction'; did"),
        ("base: demo\nsegmets:\n  min_area_fraction: 0.1", "mine.yaml: unknown section 'segmets'; did you mean"),
        ("base: demo\nsegments: null", "mine.yaml: 'segments'"),
        ("base: demo\ncompose: {align: false}", "mine.yaml: key 'compose.order' is missing"),
        ("base: demo\nseed: [1", "mine.yaml: is not valid YAML"),
        ("base: demo\nseed: 1\nseed: 2", "mine.yaml: key 'seed' in line 3 is there twice; remove one"),
        ("", "mine.yaml: is empty or no mapping"),
        ("{}", "mine.yaml: is empty or no mapping"),
        ("seed: 0\nsedd: 1", "mine.yaml: unknown section 'sedd'"),
    ],
)
def test_a_wrong_overlay_is_said_in_one_line_and_changes_nothing(project, overlay, message):
    (project / "presets/mine.yaml").write_text(overlay)
    (project / "params.yaml").write_text("# mine\n")
    for act in (lambda: use_preset(project, "mine"), lambda: load_preset(project / "presets/mine.yaml")):
        with pytest.raises(SimsError) as caught:
            act()
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    assert {path.name for path in project.iterdir()} == {"params.yaml", "presets"}
    assert (project / "params.yaml").read_text() == "# mine\n"


def test_bytes_that_are_no_text_are_said_in_one_line(project):
    (project / "presets/mine.yaml").write_bytes(b"base: demo\n# \xff\n")
    with pytest.raises(SimsError, match="is no UTF-8 text, found byte 0xff at place 13"):
        use_preset(project, "mine")


def test_stages_refuse_an_overlay_and_say_how_it_becomes_complete(project):
    with pytest.raises(SimsError, match="overlay on preset 'demo', not complete; `sims preset use NAME` writes a comp"):
        load_parameters(project / "presets/tiny.yaml")


def run(*arguments):
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def test_preset_use_switches_back_and_forth(project):
    for name in ("demo", "camvid", "demo", "tiny", "camvid"):
        result = run("preset", "use", name, "--project", project)
        assert result.exit_code == 0, result.output
        assert (project / "params.yaml").read_text() == compose_preset(ROOT / f"presets/{name}.yaml")
    assert sorted(path.name for path in project.iterdir()) == ["params.yaml", "presets"]


def test_preset_use_keeps_parameters_of_ones_own(project):
    own = compose_preset(ROOT / "presets/camvid.yaml").replace("seed: 0", "seed: 1")
    (project / "params.yaml").write_text(own)
    assert use_preset(project, "demo") == project / "params.previous.yaml"
    assert (project / "params.previous.yaml").read_text() == own
    with pytest.raises(SimsError, match="expected one of ade20k_outdoor, camvid"):
        use_preset(project, "cityscapes")
    assert (project / "params.yaml").read_text() == (ROOT / "presets/demo.yaml").read_text()


def test_a_broken_preset_does_not_stand_in_the_way_of_others(project):
    (project / "presets/broken.yaml").write_text("base: nothing\n")
    shutil.copy(ROOT / "presets/demo.yaml", project / "params.yaml")
    assert use_preset(project, "tiny") is None
