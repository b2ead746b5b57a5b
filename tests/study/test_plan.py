"""How many raters a difference needs."""

import pytest

from sims_core.base.errors import SimsError
from sims_core.study.plan import plan_study


@pytest.mark.parametrize(("share", "num_answers"), [(0.55, 783), (0.6, 194), (0.4, 194)])
def test_independent_answers_are_those_of_the_normal_test(share, num_answers):
    found = plan_study(share, 0.8, 1, 1000, 0.0, 0.0)
    assert (found.num_independent, found.num_raters, found.num_answers) == (num_answers,) * 3


def test_answers_of_the_same_raters_tell_less():
    """Design effect 1 + 9 * 0.1 = 1.9: 194 independent answers are 369 of raters with ten each."""
    assert plan_study(0.6, 0.8, 10, 1000, 0.1, 0.0).num_raters == 37


def test_what_few_layouts_cannot_show_no_number_of_raters_shows():
    with pytest.raises(SimsError, match="19 layouts: are too few, however many raters"):
        plan_study(0.6, 0.8, 10, 19, 0.1, 0.1)
    assert plan_study(0.6, 0.8, 10, 20, 0.1, 0.1).num_raters > 1000
    with pytest.raises(SimsError, match="no difference"):
        plan_study(0.5, 0.8, 10, 20, 0.1, 0.1)
