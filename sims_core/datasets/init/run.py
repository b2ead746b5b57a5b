"""The whole of `sims data init`: look, propose, write, and say what was written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sims_core.base.disk import check_writable, disk_errors
from sims_core.base.errors import SimsError, few
from sims_core.base.files import atomic_file
from sims_core.base.parameters import load_parameters
from sims_core.base.picture_files import stem_of
from sims_core.base.presets import find_preset, preset_contents, valid_preset
from sims_core.datasets.adapters.folder import list_pairs
from sims_core.datasets.annotations.formats import find_formats
from sims_core.datasets.class_tables import read_class_table
from sims_core.datasets.init.annotated import propose_annotations
from sims_core.datasets.init.arrangement import MIN_PHOTOS, MIN_VAL, Arrangement, find_arrangement, val_every_of
from sims_core.datasets.init.proposal import LICENCE, Proposal, common_size, path_in_source
from sims_core.datasets.init.propose import choose_frame, choose_preset, fit_preset, parameters_text, read_preset
from sims_core.datasets.init.recognise import PRESETS, recognise
from sims_core.datasets.init.split_lists import find_split_lists
from sims_core.datasets.init.survey import LabelSurvey, class_table_text, guess_classes, survey_labels
from sims_core.datasets.init.tool_tables import find_mapillary, find_tool_table, name_categories
from sims_core.datasets.load import open_files
from sims_core.datasets.settings import AnyFilesSource, FolderSource
from sims_core.scenes.classes import VOID, ClassTable

CLASSES = "classes.yaml"
_LISTS = ("train_list", "val_list")
_BINARY = (0, VOID)
_OTHER_TABLE = "name another place for the class table: --classes classes.yaml"


def init_project(
    folder: Path, project: Path, params: Path, preset: str | None, classes: Path | None = None
) -> list[str]:
    """Write parameters, and a class table where it lacks one, for a folder of photos and label maps.

    Args:
        folder: The dataset.
        project: The project's folder, which holds presets/.
        params: The parameter file to write; one that equals a preset is replaced.
        preset: Its starting point; None chooses.
        classes: The class table, read if it is there, else written; None is classes.yaml in the folder.

    Returns:
        What was found and written, a line each.

    Raises:
        SimsError: The folder is not understood, or something of the user's own is in the way; nothing is written.
    """
    if not folder.is_dir():
        raise SimsError(folder, "no such folder", expected="a folder of photos and label maps")
    _check_free(params, project)
    check_writable(params, "name another file: --params mine.yaml")
    official = recognise(folder)
    if official is not None and classes is not None:
        raise SimsError(
            folder, f"is {official['dataset']}, which has its own class table", found=f"--classes {classes}"
        )
    proposal = _propose_own(folder, classes or folder / CLASSES) if official is None else _propose_official(official)
    num_train, num_val = proposal.num_photos
    if official is not None:
        preset = preset or PRESETS[official["dataset"]]
    else:
        preset = preset or choose_preset(num_train + num_val, (proposal.photo_size or (0, 0))[0])
    content = read_preset(valid_preset(find_preset(project, preset)))
    frame = (content["prepare"]["height_px"], content["prepare"]["width_px"])
    # A dataset's own preset has a frame that was chosen for it.
    if proposal.photo_size is not None and content["prepare"]["source"]["dataset"] != proposal.source["dataset"]:
        frame = choose_frame(frame, proposal.photo_size)
    has_depth = proposal.source["dataset"] == "nyu" or proposal.source.get("depth") == "disparity"
    fit_preset(content, proposal.source, frame, proposal.num_photos, has_depth)
    heading = [f"Written by `sims data init {folder}` from presets/{preset}.yaml: {num_train} + {num_val} photos."]
    text = parameters_text(content, heading)
    said = [*proposal.said, f"{params}: preset '{preset}' at {frame[1]} x {frame[0]} px"]
    with disk_errors(params, "name another file: --params mine.yaml"), atomic_file(params) as temporary:
        temporary.write_text(text, encoding="utf-8")
        load_parameters(temporary)
        if proposal.class_table is not None:
            table = classes or folder / CLASSES
            with disk_errors(table, _OTHER_TABLE), atomic_file(table) as new:
                new.write_text(proposal.class_table, encoding="utf-8")
    return said


def _check_free(params: Path, project: Path) -> None:
    """Refuse to replace parameters that somebody has changed."""
    if params.is_file() and params.read_bytes() not in preset_contents(project):
        raise SimsError(
            params,
            "holds parameters of your own, which would be lost",
            remedy="rename it, or name another file: --params mine.yaml",
        )


def _propose_official(source: dict[str, Any]) -> Proposal:
    settings: AnyFilesSource = TypeAdapter(AnyFilesSource).validate_python(source)
    faults: list[SimsError] = []
    dataset = open_files(settings, 0, faults.append)
    counts = Counter(item.split for item in dataset.items)
    said = [f"{source['root']}: {source['dataset']}, {counts['train']:,} + {counts['val']:,} photos"]
    if faults:
        said.append(f"{source['root']}: {len(faults)} files are missing or do not match; `sims data check` lists them")
    size = None if source["dataset"] == "nyu" else common_size([item.photo for item in dataset.items[:100]])
    return Proposal(source, (counts["train"], counts["val"]), size, None, said)


def _propose_own(folder: Path, table: Path) -> Proposal:
    """Look at photos of a user's own.

    Args:
        folder: That they lie in, with label maps or the files of an annotation tool.
        table: Their class table, if it is there, or the place for one.
    """
    if not table.is_file():
        check_writable(table, _OTHER_TABLE)
    formats = find_formats(folder)
    return propose_annotations(folder, table, formats) if formats else _propose_folder(folder, table)


def _propose_folder(folder: Path, table: Path) -> Proposal:
    """Look at photos and label maps; see `_propose_own`."""
    arrangement = find_mapillary(folder) or find_arrangement(folder)
    tool = None if table.is_file() else find_tool_table(folder)
    survey = survey_labels([labels for _, labels in arrangement.pairs], tool is not None and tool.names_black)
    classes = read_class_table(table) if table.is_file() else guess_classes(survey)
    void: dict[str, Any] = {}
    if tool is not None:
        classes, survey, void = name_categories(classes, survey, tool)
    rule = _split(folder, arrangement)
    source = {
        "dataset": "folder",
        "root": folder.as_posix(),
        **arrangement.source(),
        **rule,
        "classes": path_in_source(folder, table),
        "encoding": "palette" if survey.is_colour else "ids",
        **_meaning(survey, classes, is_guess=not table.is_file()),
        **void,
        "licence": LICENCE,
    }
    num_photos = _read_back(folder, source, arrangement)
    held = f"{len(survey.values)} {'colours' if survey.is_colour else 'values'}"
    said = [f"{folder}: {sum(num_photos)} photos with label maps of {held}, {_said_split(rule, num_photos)}"]
    if table.is_file():
        said.append(f"{table}: kept as it is, {len(classes)} categories")
    else:
        named = "their names and roles are yours to fill in"
        named = named if tool is None else f"named as in {tool.path.name}; their roles are yours to check"
        said.append(f"{table}: {len(classes)} categories; {named}")
    said += [*_said_meaning(folder, source, survey, classes), *_said_left_over(folder, arrangement, num_photos[1])]
    size = common_size([photo for photo, _ in arrangement.pairs])
    return Proposal(source, num_photos, size, None if table.is_file() else class_table_text(classes, survey), said)


def _meaning(survey: LabelSurvey, classes: ClassTable, is_guess: bool) -> dict[str, Any]:
    """Return `label_values` where values are not ids: all of a guessed table.

    In a user's own: counted from 1, or the 0 and 255 of two categories.
    """
    if is_guess:
        return {} if survey.label_values is None else {"label_values": list(survey.label_values)}
    num_categories = len(classes)
    if num_categories == len(_BINARY) and survey.label_values == _BINARY:
        return {"label_values": list(_BINARY)}
    is_counted = not survey.is_colour and num_categories in survey.values and 0 not in survey.values
    return {"label_values": list(range(1, num_categories + 1))} if is_counted else {}


def _said_meaning(folder: Path, source: dict[str, Any], survey: LabelSurvey, classes: ClassTable) -> list[str]:
    """Return what a user must know of values that are not ids, or that the class table has nothing for."""
    said = []
    if "label_values" in source:
        said.append(
            f"{folder}: a value is not the place of its category in {source['classes']}, see "
            "prepare.source.label_values; paint layouts in the table's colours, or in the values of the masks"
        )
    known = source.get("label_values", range(len(classes)))
    unknown = [] if survey.is_colour else [str(value) for value in survey.values if value not in known]
    if unknown:
        said.append(
            f"{folder}: values without a category in {source['classes']}: {', '.join(unknown)}; give "
            "prepare.source.label_values the value of each category, and void_values the others"
        )
    if survey.void_share:
        void = "black" if survey.is_colour else ", ".join(map(str, (*source.get("void_values", ()), VOID)))
        said.append(f"{folder}: {survey.void_share:.1%} of the pixels are void ({void}, or transparent)")
    return said


def _split(folder: Path, arrangement: Arrangement) -> dict[str, Any]:
    """Return the settings that divide the photos, if some are needed."""
    if arrangement.val is not None:
        return {}
    lists = find_split_lists(folder, {stem_of(photo) for photo, _ in arrangement.pairs})
    if lists is not None:
        return {key: path.relative_to(folder).as_posix() for key, path in zip(_LISTS, lists, strict=True)}
    num_photos = len(arrangement.pairs)
    if num_photos < MIN_PHOTOS:
        raise SimsError(folder, "too few photos", expected=f"at least {MIN_PHOTOS}", found=num_photos)
    return {"val_every": val_every_of(num_photos)}


def _read_back(folder: Path, source: dict[str, Any], arrangement: Arrangement) -> tuple[int, int]:
    """Read a proposal as `sims data check` and `prepare` do; return how many photos are in each split.

    Raises:
        SimsError: Other photos are found than were there.
    """
    keys = {key: tuple(value) if isinstance(value, list) else value for key, value in source.items()}
    faults: list[SimsError] = []
    pairs = list_pairs(FolderSource.model_validate(keys), faults.append)
    found, meant = {(pair.photo, pair.labels) for pair in pairs}, set(arrangement.pairs)
    if found != meant and not ("train_list" in source and found <= meant):
        raise SimsError(
            folder,
            "the patterns for prepare.source do not find what is there",
            expected=f"{len(meant)} photos with label maps",
            found=f"{len(found)}; {faults[0]}" if faults else len(found),
        )
    counts = Counter(pair.split for pair in pairs)
    return counts["train"], counts["val"]


def _said_split(rule: dict[str, Any], num_photos: tuple[int, int]) -> str:
    if "val_every" in rule:
        how = f"no split, one in {rule['val_every']} by name is for validation"
    else:
        how = f"split by {' and '.join(rule.values())}" if rule else "train and val as they are"
    return f"{how}: {num_photos[0]} + {num_photos[1]}"


def _said_left_over(folder: Path, arrangement: Arrangement, num_val: int) -> list[str]:
    """Return what a user must know of pictures that are in no pair, and of too few for validation."""
    said = []
    for part in (arrangement.train, *([] if arrangement.val is None else [arrangement.val])):
        for lonely, lacks in (
            (part.pairing.lonely_photos, "photos have no label map"),
            (part.pairing.lonely_labels, "label maps have no photo"),
        ):
            if lonely:
                said.append(f"{folder}: {len(lonely)} {lacks}: {few(lonely)}; `sims data check` lists them")
    if arrangement.passed_over:
        names = [path.relative_to(folder).as_posix() for path in arrangement.passed_over]
        said.append(f"{folder}: {len(names)} other pictures are passed over: {few(names)}")
    if num_val < MIN_VAL:
        said.append(f"{folder}: {num_val} validation photos are too few, stage evaluate needs {MIN_VAL}: add some")
    return said
