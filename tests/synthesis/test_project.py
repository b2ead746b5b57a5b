"""The parts of a finished project that composition needs: which are opened, and what is said when one is missing."""

from dataclasses import replace

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.formats.class_prior import read_class_prior
from sims_core.synthesis.project import ComposerFiles, load_composer
from tests.support.small_composition import OFF, PLAIN, SEGMENTS


@pytest.fixture
def files(finished_project):
    data = finished_project / "data"
    models = data / "models"
    return ComposerFiles(data / "scenes", data / "bank", models / "transform", models / "ordering")


def load(files, **changes):
    return load_composer(files, PLAIN.model_copy(update=changes), SEGMENTS, OFF)


def test_bank_classes_and_prior_are_those_of_the_files(files):
    composer = load(files)
    assert composer.bank.folder == files.bank
    assert set(composer.bank.categories) <= set(composer.classes.names)
    counts = read_class_prior(files.ordering, composer.classes)
    assert counts.any()
    assert np.array_equal(composer.prior.counts, counts)


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"align": True, "order": "network"}, (True, True)),
        ({"align": False, "order": "network"}, (False, True)),
        ({"align": True, "order": "class_prior"}, (True, False)),
        ({"align": False, "order": "class_prior"}, (False, False)),
    ],
)
def test_networks_that_take_no_part_are_not_opened(files, changes, needed):
    composer = load(files, **changes)
    assert (composer.transform is not None, composer.ordering is not None) == needed


@pytest.mark.parametrize(
    ("part", "stage"),
    [
        ("scenes", "prepare"),
        ("bank", "extract_bank"),
        ("transform", "train_transform"),
        ("ordering", "train_ordering"),
    ],
)
def test_a_missing_part_names_the_stage_that_makes_it(files, tmp_path, part, stage):
    with pytest.raises(SimsError, match=f"not found; run stage '{stage}' first") as caught:
        load(replace(files, **{part: tmp_path / part}))
    assert "\n" not in str(caught.value)


def test_a_network_that_takes_no_part_may_be_missing(files, tmp_path):
    assert load(replace(files, transform=tmp_path / "nothing"), align=False).transform is None
