"""Every key of params.yaml with values that its type does not take, derived from the models of the sections."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node

from sims_core.base.parameters import SECTIONS
from sims_core.base.presets import compose_preset

# Raw YAML, and of which types it may be a right value.
VALUES: dict[str, tuple[object, ...]] = {
    "-1": (),
    "1e30": (),
    "1e400": (),
    ".nan": (),
    ".inf": (),
    "-.inf": (),
    "1" + "0" * 30: (),
    "9" * 5000: (),
    "null": (type(None),),
    "[]": (tuple,),
    "{}": (),
    "[[[1]]]": (),
    "x": (str,),
    "true": (bool,),
    "0.5": (float,),
    "'1'": (str,),
    "1.0": (float,),
    "2026-01-01": (str,),
    "0": (int, float),
    '"a\\0b"': (str,),
}


@dataclass(frozen=True)
class WrongValue:
    """A complete parameter file in which one key has another value.

    Attributes:
        key: Its dotted name.
        raw: What stands there, as YAML.
        text: The whole file.
        must_be_refused: False where the value is of the key's type and may be right.
    """

    key: str
    raw: str
    text: str
    must_be_refused: bool


def wrong_values(presets: Path) -> Iterator[WrongValue]:
    """Yield every key of any preset with every value, each key once: in the first preset that has it."""
    seen: set[str] = set()
    for path in [presets / "tiny.yaml", *sorted(presets.glob("*.yaml"))]:
        text = compose_preset(path)
        root = YAML(typ="safe", pure=True).compose(text)
        for key, node, annotation in _leaves(root):
            if key in seen:
                continue
            seen.add(key)
            kinds = set(_kinds(annotation))
            for raw, right in VALUES.items():
                # Where a list or mapping is written as lines, another value would not end where it does.
                damaged = text[: node.start_mark.index] + raw + text[node.end_mark.index :]
                yield WrongValue(key, raw, damaged, not kinds & set(right))


def _leaves(root: Node) -> Iterator[tuple[str, Node, Any]]:
    for key, node in root.value:
        if key.value == "seed":
            yield "seed", node, int
            continue
        module, _, name = SECTIONS[key.value].partition(":")
        yield from _below(key.value, node, getattr(import_module(module), name))


def _below(prefix: str, node: Node, annotation: Any) -> Iterator[tuple[str, Node, Any]]:
    models = [kind for kind in _kinds(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
    if not isinstance(node, MappingNode) or not models:
        yield prefix, node, annotation
        return
    names = {key.value for key, _ in node.value}
    model = next(model for model in models if names <= set(model.model_fields) and _is_named(model, node))
    for key, value in node.value:
        yield from _below(f"{prefix}.{key.value}", value, model.model_fields[key.value].annotation)


def _is_named(model: type[BaseModel], node: MappingNode) -> bool:
    """Return whether the key `dataset`, if there is one, is the model's."""
    named = {key.value: value.value for key, value in node.value}
    return "dataset" not in named or named["dataset"] in get_args(model.model_fields["dataset"].annotation)


def _kinds(annotation: Any) -> Iterator[Any]:
    """Yield the plain types of an annotation; a literal is a type of its own."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _kinds(member)
    elif origin is Literal:
        yield Literal
    else:
        yield origin or annotation
        if annotation is float:
            yield int
