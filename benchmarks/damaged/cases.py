"""All cases of a seed: every command with damage to each of its inputs, wrong values, options and environments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

from benchmarks.damaged.commands import COMMANDS, OFFICIAL, SCORE, SYNTHESIZE, stage_commands
from benchmarks.damaged.inputs import FOLDER_SOURCE, IMAGENET, write_parameters
from benchmarks.damaged.kinds import Stream, damages_of, may_be_right, rewrite
from benchmarks.damaged.parameter_values import WrongValue, wrong_values
from benchmarks.damaged.sandbox import Case, Command
from sims_core.base.seeding import random_stream


def file_cases(template: Path, command: Command, seed: int, per_input: int) -> Iterator[Case]:
    """Yield cases of a command: of each group of files that it reads one file, damaged in `per_input` ways."""
    for group in command.reads:
        files = sorted(path for path in template.glob(group) if path.is_file())
        if not files:
            raise ValueError(f"{command.name}: nothing in the project is {group}")
        # There is one zip, which holds the whole project: all kinds.
        for number in range(len(damages_of(group)) if group.endswith(".zip") else per_input):
            stream = random_stream(seed, "damage", command.name, group, number)
            path = files[int(stream.integers(len(files)))].relative_to(template)
            damages = damages_of(path.name)
            order = random_stream(seed, "kinds", command.name, group).permutation(len(damages))
            kind = list(damages)[int(order[number % len(damages)])]
            yield Case(
                command,
                f"{path.suffix[1:] or path.name}: {kind}",
                str(path),
                partial(_apply, path, kind, stream),
                False if may_be_right(path, kind) else None,
            )


def _apply(path: Path, kind: str, stream: Stream, folder: Path) -> None:
    damages_of(path.name)[kind](folder / path, stream)


def value_cases(template: Path, seed: int, per_key: int) -> Iterator[Case]:
    """Yield cases for every key of params.yaml, each with `per_key` of the wrong values."""
    command = Command("params check: values", ("sims", "params", "check", "--params", "wrong.yaml"))
    for key, values in groupby(wrong_values(template / "presets"), lambda wrong: wrong.key):
        chosen = list(values)
        order = random_stream(seed, "values", key).permutation(len(chosen))[:per_key]
        yield from (_value_case(command, chosen[int(number)]) for number in order)


def _value_case(command: Command, wrong: WrongValue) -> Case:
    damage = partial(_write_text, "wrong.yaml", wrong.text)
    what = f"{wrong.key}: {wrong.raw[:40]}"
    return Case(command, f"value {wrong.raw[:12]}", what, damage, wrong.must_be_refused)


def _write_text(name: str, text: str, folder: Path) -> None:
    rewrite(folder / name, text.encode())


def _nothing(_: Path) -> None:
    return


def option_cases() -> Iterator[Case]:
    """Yield options that name nothing, contradict each other, or are no numbers."""
    huge = "9" * 5000
    options: list[tuple[str, ...]] = [
        *(
            (("--pin", text))
            for text in ("", "=", "0", "0=", "=x", "x=y", "-1=a:1", "0=nothing:0000", f"{huge}=a:1", "²=a:1", "٣=a:1")
        ),
        *((("--in-front", text)) for text in ("", "=", "0=", "1=1", "-1=0", f"{huge}=1", "0=99999", "²=1")),
        *((("--ban", text)) for text in ("", "nothing", "nothing:0000", huge, "\udcff")),
        *((("--variants", text)) for text in ("0", "-1", "101", "x", "1e3", huge)),
        *((("--layout-classes", text)) for text in ("", "camvd", "data", "layout.png", "a" * 5000, "\udcff")),
        *((("--mapping", text)) for text in ("", "data", "nothing.yaml", "layout.png")),
        *((("--params", text)) for text in ("", "data", "nothing.yaml", "layout.png", "a" * 5000)),
        *((("--project", text)) for text in ("nothing", "layout.png", "a" * 5000, "photos")),
    ]
    for words in options:
        command = Command("synthesize: options", (*SYNTHESIZE, *words))
        yield Case(command, f"option {words[0]}", f"{words[0]} {words[1][:30]!r}", _nothing, True)
    others: list[tuple[str, ...]] = [
        ("bank", "show", "--category", "nothing"),
        ("bank", "show", "--category", "../../x"),
        ("bank", "show", "-o", "bank.jpg"),
        ("bank", "show", "-o", "params.yaml/x.png"),
        ("bank", "show", "-o", f"{'x' * 300}.png"),
        ("bank", "show", "--project", "photos"),
        ("bank", "show", "--project", "params.yaml"),
        ("scenes", "show", "--split", "test"),
        ("scenes", "show", "--project", "photos"),
        ("scenes", "export", "-o", "data/scenes"),
        ("scenes", "export", "-o", "params.yaml"),
        ("results", "show", "--scenes", "0"),
        ("results", "show", "--scenes", huge),
        ("results", "keep", "../../x"),
        ("results", "keep", "/x"),
        ("results", "keep", ""),
        ("results", "keep", "a" * 300),
        ("results", "keep", "tiny"),
        ("results", "page", "--figures", "nothing"),
        ("results", "page", "--figures", "params.yaml"),
        ("results", "page", "-o", "data"),
        ("results", "compare", "params.yaml", "layout.png"),
        ("results", "compare", "data", "data"),
        ("results", "diff", "no-such-revision"),
        ("results", "diff", "--project", "/"),
        ("results", "diff", "torn"),
        ("results", "diff", "latin"),
        ("results", "diff", "deep"),
        ("results", "diff", "--output=x"),
        ("project", "pack", "-o", "data"),
        ("project", "pack", "-o", "params.yaml/x.zip"),
        ("project", "pack", "--project", "photos", "-o", "mine.zip"),
        ("preset", "use", "nothing"),
        ("preset", "use", "../params"),
        ("preset", "use", ""),
        ("params", "check", "--params", "layout.png"),
        ("params", "check", "--params", "data"),
        ("params", "check", "--params", "presets"),
        ("pipeline", "check", "--project", "photos"),
        ("pipeline", "write", "--project", "params.yaml"),
        ("ablations", "run", "nothing"),
        ("data", "init", "nothing"),
        ("data", "init", "params.yaml"),
        ("data", "init", "presets"),
        ("data", "init", "photos", "--preset", "nothing"),
        ("data", "init", "photos", "--classes", "layout.png"),
        ("data", "init", "photos", "--classes", "data"),
        ("data", "check", "-o", "check.png"),
        ("data", "check", "-o", "params.yaml/check.html"),
        ("layout", "refine", "layouts", "-o", "dense.png"),
        ("layout", "refine", "params.yaml", "-o", "dense.png"),
        ("layout", "translate", "layouts", "--from", "camvd", "-o", "mine"),
        ("layout", "translate", "presets", "--from", "camvid", "-o", "mine"),
        (*SCORE[1:], "--segmenter", "photos"),
        (*SCORE[1:], "--inception", "layout.png"),
        (*SCORE[1:], "--inception", "photos"),
        (*SCORE[1:], "--inception-clean", "project.zip"),
        (*SCORE[1:], "--dinov2", "photos"),
        (*SCORE[1:], "--dinov2", "layout.png"),
        (*SCORE[1:], "--subset-size", "1"),
        (*SCORE[1:], "--seed", "-1"),
        (*SCORE[1:], "--seed", huge),
        (*SCORE[1:], "--batch-size", "0"),
        (*SCORE[1:], "--num-subsets", "0"),
        (*SCORE[1:], "--classes", "layout.png"),
        (*SCORE[1:], "--classes", "data"),
    ]
    for words in others:
        text = " ".join(words[-2:])[:60]
        yield Case(Command(f"{' '.join(words[:2])}: options", ("sims", *words)), "option", text, _nothing, True)


def environment_cases(template: Path) -> Iterator[Case]:
    """Yield variables that are no counts, before a training and a stage with workers."""
    for name in ("SIMS_WORKERS", "WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        for value in ("x", "-1", "1.5", "1e3", "9" * 5000, "0x2", "²", "nan"):
            stage = "stages.extract_bank" if name == "SIMS_WORKERS" else "stages.train_layout"
            command = Command(f"environment {name}", (stage, "--params", "params.yaml"), environment={name: value})
            yield Case(command, f"environment {name}", f"{name}={value[:20]}", _nothing, True)
    for name, value in {"SIMS_STATE_DIR": "params.yaml", "RANK": "x"}.items():
        command = Command(
            f"environment {name}", ("stages.train_layout", "--params", "params.yaml"), environment={name: value}
        )
        yield Case(command, f"environment {name}", f"{name}={value}", _nothing, True)
    assert template.is_dir()


def weight_cases() -> Iterator[Case]:
    """Yield files in the places of networks that others trained, which are not what they should be."""
    fetch = Command("weights fetch", ("sims", "weights", "fetch"))
    for kind, content in {
        "emptied": b"",
        "text": b"no weights",
        "pickle": b"\x80\x04.",
        "zip": b"PK\x05\x06" + bytes(18),
    }.items():
        damage = partial(_write_bytes, IMAGENET, content)
        yield Case(fetch, f"pth: {kind}", IMAGENET, damage, True)
        for place in ("imagenet", "vgg.pth", "vgg.safetensors", "photos"):
            stage = Command("stage train_perceptual", ("stages.train_perceptual", "--params", "own.yaml"))
            yield Case(stage, f"{place}: {kind}", place, partial(_own_weights, content, place), True)
    for model in ("photos", "params.yaml", "nothing", "a\0b"):
        stage = Command("stage estimate_depth", ("stages.estimate_depth", "--params", "own.yaml"))
        yield Case(stage, "depth model", repr(model), partial(_own_depth, model), True)
    for root in ("a\0b", "params.yaml", "x" * 5000, "nothing"):
        for words in (("sims", "data", "check", "--params", "own.yaml"), ("stages.prepare", "--params", "own.yaml")):
            yield Case(
                Command("dataset root", words, report="data_check/index.html"),
                "dataset root",
                repr(root[:20]),
                partial(_own_root, "root", root),
                True,
            )
    for key, text in [
        ("classes", "a\0b"),
        ("train_photos", "/etc/*"),
        ("train_photos", "a\0*"),
        ("train_photos", "**" * 50),
        ("train_list", "."),
        ("train_photos", "../**/*.png"),
    ]:
        words = ("sims", "data", "check", "--params", "own.yaml")
        yield Case(
            Command("dataset patterns", words, report="data_check/index.html"),
            "dataset patterns",
            f"{key} {text!r}",
            partial(_own_root, key, text),
            True,
        )


def _write_bytes(name: str, content: bytes, folder: Path) -> None:
    rewrite(folder / name, content)


def _own_weights(content: bytes, place: str, folder: Path) -> None:
    if place != "photos":
        rewrite(folder / (IMAGENET if place == "imagenet" else place), content)
    write_parameters(folder, "own.yaml", {"perceptual.weights": place, "perceptual.base_channels": 64})


def _own_depth(model: str, folder: Path) -> None:
    changes = {"depth.source": "none", "estimate_depth.source": "transformers", "estimate_depth.model": model}
    write_parameters(folder, "own.yaml", changes)


def _own_root(key: str, text: str, folder: Path) -> None:
    write_parameters(folder, "own.yaml", {"prepare.source": {**FOLDER_SOURCE, key: text}})


def all_cases(template: Path, seed: int, per_input: int, per_key: int) -> list[Case]:
    """Return every case of a seed, in an order that does not depend on anything else."""
    commands = [*COMMANDS, *OFFICIAL, *stage_commands(template)]
    damaged = [case for command in commands for case in file_cases(template, command, seed, per_input)]
    return [
        *damaged,
        *option_cases(),
        *environment_cases(template),
        *weight_cases(),
        *value_cases(template, seed, per_key),
    ]
