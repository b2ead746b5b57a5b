"""params.yaml: strict, whole, and read in one place.

Every stage validates the whole file before it starts, so that a misspelt key in any section is
found at once. The models live beside the code they configure; they are named here by text and
imported when the file is read, so that a stage's own import closure (its DVC dependencies)
holds only what shapes its results.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sims_core.base.errors import SimsError, nearest
from sims_core.base.text_files import MOST_YAML_BYTES, parse_yaml, read_text, shown

# That torch takes, too.
_LARGEST_SEED = 2**63 - 1
SECTIONS = {
    "prepare": "sims_core.datasets.settings:PrepareConfig",
    "segments": "sims_core.scenes.segmented_layout:SegmentsConfig",
    "elision": "sims_core.composition.elision:ElisionConfig",
    "extract_bank": "sims_core.bank.extract:ExtractBankConfig",
    "depth": "sims_core.training.settings.depth:DepthConfig",
    "estimate_depth": "sims_core.depth.estimate:EstimateDepthConfig",
    "simulation": "sims_core.simulation.settings:SimulationConfig",
    "trainer": "sims_core.training.settings.trainer:TrainerConfig",
    "transform": "sims_core.training.settings.transform:TransformConfig",
    "ordering": "sims_core.training.settings.ordering:OrderingConfig",
    "perceptual": "sims_core.training.settings.perceptual:PerceptualConfig",
    "synthesis": "sims_core.training.settings.synthesis:SynthesisConfig",
    "segmenter": "sims_core.training.settings.segmenter:SegmenterConfig",
    "layout": "sims_core.training.settings.layout:LayoutConfig",
    "crn": "sims_core.training.settings.cascade:CrnConfig",
    "pix2pix": "sims_core.training.settings.pix2pix:Pix2PixConfig",
    "spade": "sims_core.training.settings.spade:SpadeConfig",
    "retrieve": "sims_core.retrieval.search:RetrieveConfig",
    "compose": "sims_core.composition.composer:ComposeConfig",
    "evaluate": "sims_core.evaluation.settings:EvaluateConfig",
    "report": "sims_core.report.settings:ReportConfig",
}


class Section(BaseModel):
    """Base of every section: frozen, unknown keys refused, no coercion between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


# Types of values that several sections have. What is above is a slip of the keyboard: no machine gets that far.
Count = Annotated[int, Field(ge=1, le=10**6)]  # of photos, scenes, pictures, resamples
Steps = Annotated[int, Field(ge=1, le=10**9)]
Channels = Annotated[int, Field(ge=1, le=4096)]
Levels = Annotated[int, Field(ge=1, le=12)]  # 2^12 is the largest side of a scene
WindowPx = Annotated[int, Field(ge=16, le=4096)]
Weight = Annotated[float, Field(ge=0, le=1e6)]  # of a term of a loss
LearningRate = Annotated[float, Field(gt=0, le=100)]
Text = Annotated[str, Field(max_length=1024)]  # names and paths
Percent = Annotated[int, Field(ge=0, lt=100)]

SectionType = TypeVar("SectionType", bound=Section)


class Parameters:
    """The validated content of one params.yaml."""

    def __init__(self, path: Path, seed: int, sections: dict[str, Section]) -> None:
        """Use `load_parameters` to make one from a file."""
        self.path = path
        self.seed = seed
        self._sections = sections

    def section(self, name: str, model: type[SectionType]) -> SectionType:
        """Return one section as its own model."""
        section = self._sections[name]
        if not isinstance(section, model):
            raise TypeError(f"section {name} is a {type(section).__name__}, not a {model.__name__}")
        return section


def load_parameters(path: Path) -> Parameters:
    """Read and validate a whole params.yaml.

    Raises:
        SimsError: naming file, key, expectation and the nearest valid key.
    """
    if not path.is_file():
        raise SimsError(path, "parameter file not found", remedy="run from the project root or pass --params")
    return parse_parameters(path, read_text(path, MOST_YAML_BYTES))


def parse_parameters(path: Path, text: str) -> Parameters:
    """Validate the text of a whole params.yaml; errors name `path`, as those of `load_parameters`."""
    content = _parse_yaml(path, text)
    if "base" in content:
        remedy = "`sims preset use NAME` writes a complete params.yaml"
        raise SimsError(path, f"is an overlay on preset {shown(content['base'])}, not complete", remedy=remedy)
    known = ["seed", *SECTIONS]
    for key in content:
        if key not in known:
            raise SimsError(path, f"unknown section '{key}'", remedy=_suggestion(str(key), known))
    for key in known:
        if key not in content:
            raise SimsError(path, f"section '{key}' is missing", remedy="every section is required; see presets/")
    seed = content["seed"]
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= _LARGEST_SEED:
        raise SimsError(path, "seed", expected=f"a whole number from 0 to {_LARGEST_SEED}", found=shown(seed))
    sections = {name: _validate(path, name, _model(name), content[name]) for name in SECTIONS}
    _check_across_sections(path, content)
    return Parameters(path, seed, sections)


def _check_across_sections(path: Path, content: dict[str, Any]) -> None:
    """Refuse sections that are right by themselves and do not fit together."""
    height_px, resolutions = content["prepare"]["height_px"], content["synthesis"]["resolutions"]
    if resolutions[-1] != height_px:
        raise SimsError(
            path,
            "'synthesis.resolutions' must end at the height of the scenes",
            expected=f"{height_px} (prepare.height_px)",
            found=resolutions[-1],
        )
    trained, wanted = content["depth"]["source"], content["estimate_depth"]["source"]
    if wanted == "network" and trained == "none":
        raise SimsError(
            path,
            "'estimate_depth.source' network needs a depth network",
            expected="depth.source scenes or synthetic_street",
            found=trained,
        )
    if wanted == "transformers" and trained != "none":
        raise SimsError(
            path,
            "the depth network would be trained for nothing with 'estimate_depth.source' transformers",
            expected="depth.source none",
            found=trained,
        )


def _parse_yaml(path: Path, text: str) -> dict[str, Any]:
    content = parse_yaml(path, text)
    if not isinstance(content, dict):
        raise SimsError(path, "is empty or not a mapping", expected="sections as in presets/demo.yaml")
    return content


def _model(name: str) -> type[Section]:
    module, _, attribute = SECTIONS[name].partition(":")
    model: type[Section] = getattr(import_module(module), attribute)
    return model


def _validate(path: Path, name: str, model: type[Section], content: object) -> Section:
    try:
        return model.model_validate(_lists_to_tuples(content))
    except ValidationError as error:
        # A misspelt key is also a missing one; the misspelling says more.
        errors = error.errors()
        first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        owner, place = _locate(model, first["loc"])
        key = ".".join([name, *place])
        if first["type"] == "extra_forbidden":
            valid = list(owner.model_fields)
            raise SimsError(path, f"unknown key '{key}'", remedy=_suggestion(str(first["loc"][-1]), valid)) from error
        if first["type"] == "missing":
            raise SimsError(path, f"key '{key}' is missing", remedy="every key is required; see presets/") from error
        message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        raise SimsError(path, f"'{key}' {message}", found=shown(first["input"])) from error


def _lists_to_tuples(value: object) -> object:
    """Frozen models hold tuples; YAML has only lists."""
    if isinstance(value, dict):
        return {key: _lists_to_tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_lists_to_tuples(item) for item in value)
    return value


def _locate(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[type[BaseModel], list[str]]:
    """Return the model that holds the last part of an error's location, and the location as keys of the file.

    Pydantic names the chosen member of a union as a part of its own, which is no key.
    """
    place: list[str] = []
    waiting = [str(part) for part in location]
    while waiting:
        part = waiting.pop(0)
        place.append(part)
        field = model.model_fields.get(part)
        if field is None or not waiting:
            break
        if isinstance(field.discriminator, str):
            tag = waiting.pop(0)
            members: list[type[BaseModel]] = list(get_args(field.annotation))
            model = next(m for m in members if tag in get_args(m.model_fields[field.discriminator].annotation))
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
    return model, place + waiting


def _suggestion(name: str, valid: list[str]) -> str:
    close = nearest(name, valid)
    if close is not None:
        return f"did you mean '{close}'?"
    return f"valid keys: {', '.join(valid)}"
