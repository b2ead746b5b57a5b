"""How many raters a difference needs, before anybody is asked.

Independent answers by statsmodels' power of the normal test; answers of the same raters on the same layouts tell less,
by Kish's design effect 1 + (m - 1) rho for m answers of a rater, and likewise for a layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from sims_core.base.errors import SimsError


@dataclass(frozen=True)
class Plan:
    """What a study needs.

    Attributes:
        num_independent: Answers that would do if each came from another rater about another layout.
        num_raters: Raters that are needed.
        num_answers: Their answers in all.
    """

    num_independent: int
    num_raters: int
    num_answers: int


def plan_study(
    share: float,
    power: float,
    answers_per_rater: int,
    num_layouts: int,
    rater_correlation: float,
    layout_correlation: float,
) -> Plan:
    """Return what it takes to tell a preference from a tie at the level of 5 %.

    Args:
        share: The preference to be seen, other than 0.5.
        power: With which probability it is to be seen.
        answers_per_rater: For the pair of methods and the exposure in question.
        num_layouts: Over which they are spread.
        rater_correlation: Of two answers of one rater, from 0 to 1.
        layout_correlation: Of two answers about one layout.

    Raises:
        SimsError: The share is 0.5, or no number of raters is enough for so few layouts.
    """
    if share == 0.5:
        raise SimsError("a share of 0.5", "is no difference", expected="a preference to be seen, such as 0.6")
    effect = proportion_effectsize(share, 0.5)
    # One sample: a second one of no size.
    independent = ceil(NormalIndPower().solve_power(abs(effect), alpha=0.05, power=power, ratio=0))
    # answers / (1 + (per rater - 1) a + (answers / layouts - 1) b) >= independent, solved for answers
    left = 1 - independent * layout_correlation / num_layouts
    if left <= 0:
        raise SimsError(
            f"{num_layouts} layouts",
            "are too few, however many raters there are",
            expected=f"more than {int(independent * layout_correlation)}",
        )
    answers = independent * (1 + (answers_per_rater - 1) * rater_correlation - layout_correlation) / left
    raters = max(1, ceil(answers / answers_per_rater))
    return Plan(independent, raters, raters * answers_per_rater)
