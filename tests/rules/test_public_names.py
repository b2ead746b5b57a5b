"""What users of the library may rely on; a change here is a change for them, and belongs into CHANGELOG.md."""

import inspect
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import sims_core
from sims_core.base.import_closure import direct_imports
from sims_core.base.pipeline_file import all_files
from sims_core.synthesis.synthesizer import RetrievedLayout, SynthesisResult
from tests.support.project import ROOT, environment


def parameters(function):
    """The parameters of a function with their defaults, as text."""
    return {name: str(p) for name, p in inspect.signature(function, eval_str=False).parameters.items()}


def public(cls):
    """What a class defines by names without an underscore."""
    return {name for name in vars(cls) if not name.startswith("_")}


def test_the_public_names():
    assert sims_core.__all__ == ["Control", "SimsError", "Synthesizer", "__version__"]
    assert set(sims_core.__all__) <= set(dir(sims_core))


@pytest.mark.parametrize("name", ["Control", "SimsError", "Synthesizer"])
def test_a_public_name_is_what_its_module_defines(name):
    thing = getattr(sims_core, name)
    assert (thing.__name__, thing.__module__.split(".")[0]) == (name, "sims_core")
    assert getattr(sys.modules[thing.__module__], name) is thing


def test_a_misspelt_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'sims_core' has no attribute 'Synthesiser'"):
        sims_core.Synthesiser  # noqa: B018


def test_what_a_synthesizer_can_do():
    cls = sims_core.Synthesizer
    assert public(cls) == {"synthesize", "check", "retrieve", "retrieve_named", "variants"}
    assert parameters(cls) == {"project": "project: 'Path | str'", "params": "params: 'Path | str | None' = None"}
    layout = {
        "self": "self",
        "labels": "labels: 'NDArray[np.uint8]'",
        "where": "where: 'object' = 'layout'",
        "control": f"control: 'Control' = {sims_core.Control()!r}",
    }
    assert parameters(cls.synthesize) == parameters(cls.check) == parameters(cls.retrieve) == layout
    assert list(parameters(cls.retrieve_named)) == ["self", "name", "labels", "instances", "where", "control"]
    assert list(parameters(cls.variants)) == ["self", "retrieved", "num_variants"]


def test_what_a_result_and_a_control_hold():
    assert [field.name for field in fields(SynthesisResult)] == ["photo", "canvas", "banned"]
    assert public(SynthesisResult) == {"provenance", "sources", "credits"}
    assert [field.name for field in fields(RetrievedLayout)] == ["layout", "matches", "large", "control", "banned"]
    assert [field.name for field in fields(sims_core.Control)] == ["pins", "banned", "in_front"]


def test_importing_the_package_loads_nothing_but_the_package():
    code = """
import importlib, sys, typing
before = set(sys.modules)
import sims_core
dir(sims_core), sims_core.__version__
print(sorted(set(sys.modules) - before))
sims_core.SimsError
assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("['sims_core']", "")


def test_no_module_of_the_project_imports_through_the_public_names():
    top = Path("sims_core/__init__.py")
    assert [str(file) for file in all_files(ROOT) if top in direct_imports(ROOT, file)] == []


def test_the_version_to_cite_is_the_version():
    citation = YAML(typ="safe", pure=True).load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == sims_core.__version__
