from importlib import import_module

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.parameters import SECTIONS, load_parameters
from sims_core.depth.estimate import EstimateDepthConfig
from sims_core.training.settings.synthesis import SynthesisConfig
from tests.support.project import ROOT


@pytest.fixture
def edit(tmp_path):
    """Write params.yaml with one text replaced and return the error that loading it raises."""

    def error_of(old: str, new: str) -> str:
        text = (ROOT / "presets" / "demo.yaml").read_text()
        assert text.count(old) >= 1
        path = tmp_path / "params.yaml"
        path.write_text(text.replace(old, new, 1))
        with pytest.raises(SimsError) as caught:
            load_parameters(path)
        message = str(caught.value)
        assert "\n" not in message
        assert "params.yaml" in message
        return message

    return error_of


def test_scientific_notation_is_a_number(tmp_path):
    lines = (ROOT / "presets" / "demo.yaml").read_text().splitlines()
    start = lines.index("synthesis:")
    index = next(i for i in range(start, len(lines)) if lines[i].strip().startswith("lr:"))
    lines[index] = "  lr: 1e-4"
    path = tmp_path / "params.yaml"
    path.write_text("\n".join(lines))
    assert load_parameters(path).section("synthesis", SynthesisConfig).lr == pytest.approx(1e-4)


def test_misspelt_key_names_the_nearest(edit):
    message = edit("min_area_fraction:", "min_aera_fraction:")
    assert "unknown key 'segments.min_aera_fraction'; did you mean 'min_area_fraction'?" in message


def test_misspelt_key_of_the_chosen_dataset_names_the_nearest(edit):
    message = edit("num_val:", "num_vall: 3 #")
    assert "unknown key 'prepare.source.num_vall'; did you mean 'num_val'?" in message


def test_misspelt_key_deep_in_a_section_names_the_nearest(edit):
    message = edit("    num_stencils:", "    num_stencil: 3\n    num_stencils:")
    assert "unknown key 'simulation.canvas.num_stencil'" in message
    assert "did you mean 'num_stencils'" in message


def test_misspelt_section_names_the_nearest(edit):
    assert "did you mean 'simulation'" in edit("simulation:", "simulatoin:")


def test_wrong_type_says_what_was_found(edit):
    message = edit("num_train:", "num_train: many #")
    assert "prepare.source.num_train" in message
    assert "'many'" in message


def test_value_out_of_range(edit):
    message = edit("min_area_fraction:", "min_area_fraction: 1.5 #")
    assert "'segments.min_area_fraction'" in message
    assert "less than 1" in message


def test_unknown_dataset_lists_the_known(edit):
    message = edit("dataset: synthetic_street", "dataset: citiscapes")
    assert "camvid" in message
    assert "citiscapes" in message


def test_missing_key(edit):
    assert "'seed' is missing" in edit("seed:", "#")


def test_missing_file(tmp_path):
    with pytest.raises(SimsError, match="not found"):
        load_parameters(tmp_path / "params.yaml")


def test_broken_yaml(edit):
    assert "not valid YAML" in edit("seed:", "seed: [1,")


@pytest.mark.parametrize(
    ("trained", "wanted", "refused"),
    [
        ("none", "network", "'estimate_depth.source' network needs a depth network"),
        (
            "scenes",
            "transformers",
            "'estimate_depth.source' transformers, expected depth.source none",
        ),
        ("none", "transformers", None),
        ("none", "auto", None),
        ("synthetic_street", "network", None),
    ],
)
def test_depth_network_is_trained_where_it_is_needed(tmp_path, trained, wanted, refused):
    text = (ROOT / "presets" / "demo.yaml").read_text()
    for old, new in (
        ("depth:\n  source: scenes", f"depth:\n  source: {trained}"),
        ("  source: auto\n  model: null", f"  source: {wanted}\n  model: models/midas"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "params.yaml"
    path.write_text(text)
    if refused is None:
        assert load_parameters(path).section("estimate_depth", EstimateDepthConfig).source == wanted
    else:
        with pytest.raises(SimsError, match=refused) as caught:
            load_parameters(path)
        assert "\n" not in str(caught.value)


def numbers_of(schema, definitions, place):
    """Yield (place, schema) of every number of a JSON schema."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    for key in ("anyOf", "oneOf"):
        for member in schema.get(key, ()):
            yield from numbers_of(member, definitions, place)
    for name, inner in schema.get("properties", {}).items():
        yield from numbers_of(inner, definitions, f"{place}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from numbers_of(schema["items"], definitions, f"{place}[]")
    if schema.get("type") in ("integer", "number") and not {"const", "enum"} & set(schema):
        yield place, schema


@pytest.mark.parametrize("section", SECTIONS)
def test_every_number_has_bounds(section):
    module, _, name = SECTIONS[section].partition(":")
    schema = getattr(import_module(module), name).model_json_schema()
    unbounded = [
        place
        for place, number in numbers_of(schema, schema.get("$defs", {}), section)
        if not {"minimum", "exclusiveMinimum"} & set(number) or not {"maximum", "exclusiveMaximum"} & set(number)
    ]
    assert unbounded == []


@pytest.mark.parametrize("value", [".inf", "-.inf", ".nan", "1e400", "1e30", "-1", "9" * 5000, "0x" + "f" * 5000])
def test_numbers_beyond_their_bounds_are_refused_in_one_short_line(edit, value):
    message = edit("clip_norm: 1.0", f"clip_norm: {value}")
    assert "params.yaml: " in message
    assert len(message) < 500


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "params.yaml").write_bytes("seed: 0".encode("utf-16"))
    with pytest.raises(SimsError, match=r"params\.yaml: is no UTF-8 text"):
        load_parameters(tmp_path / "params.yaml")
