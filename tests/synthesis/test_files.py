"""What `sims synthesize` leaves behind, without a network: results are given by hand."""

import csv

import numpy as np
import pytest

from sims_core.base.files import read_json
from sims_core.base.read_pictures import read_photo
from sims_core.drawing.contact_sheet import provenance_picture
from sims_core.formats.bank import BankReader
from sims_core.formats.matches import ComponentMatches
from sims_core.scenes.segmented_layout import SegmentedLayout
from sims_core.synthesis.control import NOTHING, Control
from sims_core.synthesis.files import synthesize_files, write_candidates, write_synthesis
from sims_core.synthesis.synthesizer import RetrievedLayout, SynthesisResult
from tests.support.small_project import CLASSES, TRAIN_IDS, canvas, layout, scene, write_data

ROAD, SKY, CAR = range(3)  # the components of the layout, one of each category
BESIDE = {"provenance.png", "credits.json", "components.png", "components.csv"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    return BankReader(root / "data/bank")


def retrieved(control=NOTHING):
    """The small layout: the road is too small for candidates, sky and car have those of all photos."""
    matches = [
        ComponentMatches(
            component=component,
            category=component,
            area_px=100,
            segment_ids=[f"{photo}:{component:04d}" for photo in photos],
            scores=[1.5, 1.25, 1.0][: len(photos)],
            mask_ious=[0.5] * len(photos),
            context_ious=[0.5] * len(photos),
        )
        for component, photos in ((ROAD, []), (SKY, TRAIN_IDS), (CAR, TRAIN_IDS))
    ]
    asked = SegmentedLayout.of("", layout(), CLASSES)
    return RetrievedLayout(asked, matches, frozenset({SKY, CAR}), control, control.banned)


def result(number, banned=frozenset()):
    return SynthesisResult(scene("a", "val", number).photo, canvas(number), banned)


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_one_photograph_lies_beside_its_sources(tmp_path):
    out = tmp_path / "street.png"
    (line,) = write_synthesis(out, retrieved(), [result(0, frozenset({"x"}))], CLASSES, out)
    assert files_in(tmp_path) == {"street.png", *(f"street.{name}" for name in BESIDE)}
    assert np.array_equal(read_photo(out), result(0).photo)
    assert read_json(tmp_path / "street.credits.json", "") == result(0, frozenset({"x"})).credits
    expected = provenance_picture(canvas(0).provenance, canvas(0).photo_ids)
    assert np.array_equal(read_photo(tmp_path / "street.provenance.png"), expected)
    share = 1 - canvas(0).known.mean()
    assert line.startswith(f"{out}: from 2 photos, {share:.0%} of the pixels invented; see street.provenance.png, ")
    assert all(f"street.{name}" in line for name in BESIDE)


def test_further_variants_have_pictures_and_credits_and_all_are_on_one_sheet(tmp_path):
    out, sources = tmp_path / "street.png", tmp_path / "sources/street.png"
    lines = write_synthesis(out, retrieved(), (result(number) for number in range(3)), CLASSES, sources)
    further = {f"variant{number}.{kind}" for number in (1, 2) for kind in ("png", "credits.json")}
    assert files_in(tmp_path) == {
        "street.png", *(f"sources/street.{name}" for name in BESIDE | further | {"variants.png"})
    }  # fmt: skip
    for number in (1, 2):
        assert np.array_equal(read_photo(tmp_path / f"sources/street.variant{number}.png"), result(number).photo)
        assert read_json(tmp_path / f"sources/street.variant{number}.credits.json", "") == result(number).credits
    assert [line.split(":")[0] for line in lines] == [
        str(out), *(str(sources.with_suffix(f".{name}.png")) for name in ("variant1", "variant2", "variants"))
    ]  # fmt: skip


def test_the_table_says_which_candidate_is_shown_in_which_variant(tmp_path):
    control = Control(pins={CAR: "x:0009"})
    out = tmp_path / "street.png"
    write_synthesis(out, retrieved(control), [result(0), result(1)], CLASSES, out)
    with (tmp_path / "street.components.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    shown = [(row["component"], row["rank"], row["segment"], row["score"], row["on_top_in_variants"]) for row in rows]
    assert shown == [
        ("0", "", "", "", ""),
        *[("1", str(n + 1), f"{TRAIN_IDS[n]}:0001", f"{1.5 - n / 4:g}", top) for n, top in enumerate(["0", "1", ""])],
        ("2", "pinned", "x:0009", "", ""),
        *[("2", str(n + 1), f"{TRAIN_IDS[n]}:0002", f"{1.5 - n / 4:g}", "") for n in range(3)],
    ]
    assert {(row["category"], row["left_px"], row["right_px"]) for row in rows if row["component"] == "2"} == {
        ("car", "8", "28")
    }


def test_candidates_are_drawn_when_asked_for(tmp_path, bank):
    line = write_candidates(tmp_path / "street.png", retrieved(), bank, CLASSES)
    assert line.startswith(f"{tmp_path / 'street.candidates.png'}: the 5 best candidates")
    assert read_photo(tmp_path / "street.candidates.png").shape[0] > 2 * 96  # a row for sky and one for cars


class FakeSynthesizer:
    """Gives the small layout's results, as many as asked for, and notes what it is asked."""

    classes = CLASSES

    def __init__(self, bank):
        self.bank = bank
        self.asked = []

    def retrieve(self, labels, where, control):
        self.asked.append((labels.shape, where.name, control))
        return retrieved(control)

    def variants(self, retrieved, num_variants):
        return (result(number, retrieved.banned) for number in range(num_variants))


@pytest.mark.parametrize("has_candidates", [False, True])
def test_many_layouts_become_a_folder_that_can_be_scored(tmp_path, bank, has_candidates):
    synthesizer, control = FakeSynthesizer(bank), Control(banned=frozenset({"train-b"}))
    layouts = ((tmp_path / f"layouts/{name}.png", layout()) for name in "ab")
    said = synthesize_files(layouts, 2, synthesizer, tmp_path / "out", control, 1, has_candidates)
    assert said == f"{tmp_path / 'out'}: 2 photographs; {tmp_path / 'out/sources'}: the sources and credits of each"
    assert synthesizer.asked == [(layout().shape, f"{name}.png", control) for name in "ab"]
    beside = BESIDE | ({"candidates.png"} if has_candidates else set())
    assert files_in(tmp_path / "out") == {
        *(f"{name}.png" for name in "ab"), *(f"sources/{name}.{kind}" for name in "ab" for kind in beside)
    }  # fmt: skip
    assert read_json(tmp_path / "out/sources/b.credits.json", "")["banned"] == ["train-b"]
