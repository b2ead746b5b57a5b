"""The class prior beside the ordering network: what is written is read, and what is damaged is named."""

import json

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.formats.class_prior import CLASS_PRIOR, class_prior_content, count_pairs, read_class_prior
from tests.support.artifacts import sign
from tests.support.small_scenes import CAR, ROAD, SKY

PAIRS = [(SKY, CAR, True), (CAR, SKY, False), (CAR, ROAD, False), (ROAD, CAR, False), (CAR, CAR, True)]


def test_what_lies_behind_is_counted_by_name_and_read_back(tmp_path, classes):
    counts = count_pairs(len(classes), PAIRS)
    content = class_prior_content(counts, classes)
    assert content["num_pairs"] == {"sky": {"car": 2}, "road": {"car": 1}, "car": {"road": 1}}
    write_json(tmp_path / CLASS_PRIOR, content)
    sign(tmp_path)
    assert np.array_equal(read_class_prior(tmp_path, classes), counts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_pairs": {"sea": {"car": 1}}}, r"category 'sea' is not in the class table; run stage 'train_ordering'"),
        ({"num_pairs": {"sky": {"car": -1}}}, r"'num_pairs.sky.car' .*greater than or equal to 0"),
        ({"num_pairs": {"sky": {"car": 1.5}}}, r"'num_pairs.sky.car' .*integer"),
        ({"format_version": 2}, r"'format_version'"),
        ({"more": 1}, r"'more' Extra inputs"),
    ],
)
def test_damaged_files_are_named(tmp_path, classes, change, message):
    content = class_prior_content(count_pairs(len(classes), PAIRS), classes)
    (tmp_path / CLASS_PRIOR).write_text(json.dumps(content | change))
    sign(tmp_path)
    with pytest.raises(SimsError, match=message):
        read_class_prior(tmp_path, classes)


def test_a_missing_file_is_named_with_the_stage_that_makes_it(tmp_path, classes):
    with pytest.raises(SimsError, match="run stage 'train_ordering' first"):
        read_class_prior(tmp_path, classes)
