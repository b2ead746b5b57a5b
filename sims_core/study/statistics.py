"""How sure a preference is: intervals for answers of the same raters on the same layouts, and strengths of methods.

Answers of one rater are alike, and so are answers to one layout. A share of such answers is an intercept of a logistic
regression, its interval the t interval of a covariance that is robust to both clusters (Cameron, Gelbach and Miller,
Robust Inference with Multiway Clustering, 2011), by statsmodels. Where rater and layout are another one in every
answer, the interval is Wilson's.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import krippendorff
import networkx as nx
import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

_LEVEL = 0.05


@dataclass(frozen=True)
class Share:
    """A share of answers with its 95 % interval.

    Attributes:
        share: From 0 to 1.
        low: Of the interval.
        high: Of the interval.
        num_answers: How many there are.
        interval: "wilson", "clusters", or "wilson over raters" where all answers are alike, so that nothing varies.
    """

    share: float
    low: float
    high: float
    num_answers: int
    interval: str

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def share_of(answers: NDArray[np.bool_], raters: Sequence[object], layouts: Sequence[object]) -> Share:
    """Return the share of True among answers.

    Args:
        answers: (N,) bool, one or more.
        raters: Who gave each.
        layouts: Which layout each is about.
    """
    count, total = int(answers.sum()), len(answers)
    rater_codes, layout_codes = pd.factorize(np.asarray(raters))[0], pd.factorize(np.asarray(layouts))[0]
    num_raters, num_layouts = int(rater_codes.max()) + 1, int(layout_codes.max()) + 1
    if num_raters == total and num_layouts == total:
        return _wilson(count / total, total, total, "wilson")
    if count in (0, total) or num_raters == 1:
        return _wilson(count / total, num_raters, total, "wilson over raters")
    fit = sm.GLM(answers.astype(float), np.ones((total, 1)), family=sm.families.Binomial()).fit()
    centre, error = float(fit.params[0]), math.sqrt(_robust(fit, rater_codes, layout_codes)[0, 0])
    reach = float(student.ppf(1 - _LEVEL / 2, _freedom(num_raters, num_layouts))) * error
    return Share(count / total, _logistic(centre - reach), _logistic(centre + reach), total, "clusters")


def bradley_terry(
    first: Sequence[str], second: Sequence[str], chose_first: NDArray[np.bool_], raters: Sequence[object],
    layouts: Sequence[object], methods: Sequence[str],
) -> dict[str, dict[str, float]] | None:  # fmt: skip
    """Return the strength of each method as log-odds against the last one, with 95 % interval.

    The model of Bradley and Terry (1952): the odds that i is preferred to j are exp(strength i - strength j).

    Args:
        first: Method of one picture, by answer.
        second: Method of the other one.
        chose_first: (N,) bool.
        raters: Who gave each answer.
        layouts: Which layout each is about.
        methods: Those that are compared, the last of which has strength 0.

    Returns:
        By method; None where a group of methods never lost, or never won, against the others: strengths are infinite.
    """
    wins: nx.DiGraph[str] = nx.DiGraph()
    wins.add_nodes_from(methods)
    wins.add_edges_from((a, b) if won else (b, a) for a, b, won in zip(first, second, chose_first, strict=True))
    if not nx.is_strongly_connected(wins):
        return None
    places = {method: index for index, method in enumerate(methods)}
    design = np.zeros((len(chose_first), len(methods)))
    rows = np.arange(len(chose_first))
    design[rows, [places[name] for name in first]] += 1
    design[rows, [places[name] for name in second]] -= 1
    rater_codes, layout_codes = pd.factorize(np.asarray(raters))[0], pd.factorize(np.asarray(layouts))[0]
    fit = sm.GLM(chose_first.astype(float), design[:, :-1], family=sm.families.Binomial()).fit()
    variances = np.diag(_robust(fit, rater_codes, layout_codes))
    reach = float(student.ppf(1 - _LEVEL / 2, _freedom(rater_codes.max() + 1, layout_codes.max() + 1)))
    strengths = {
        method: {
            "strength": float(value),
            "low": float(value - reach * math.sqrt(variance)),
            "high": float(value + reach * math.sqrt(variance)),
        }
        for method, value, variance in zip(methods, fit.params, variances, strict=False)
    }
    return {**strengths, methods[-1]: {"strength": 0.0, "low": 0.0, "high": 0.0}}


def agreement(raters: Sequence[object], items: Sequence[object], answers: NDArray[np.bool_]) -> float | None:
    """Return Krippendorff's alpha of yes-or-no answers; None where no two raters judged one item, or all are alike.

    Args:
        raters: Who gave each answer.
        items: What each is about.
        answers: (N,) bool; of each rater and item one.
    """
    rater_codes, num_raters = _codes(raters)
    item_codes, num_items = _codes(items)
    table = np.full((num_raters, num_items), np.nan)
    table[rater_codes, item_codes] = answers
    shared = (~np.isnan(table)).sum(axis=0) > 1
    values = table[:, shared]
    if not shared.any() or len(np.unique(values[~np.isnan(values)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=values, level_of_measurement="nominal"))


def answers_to_flip(count: int, total: int) -> int:
    """Return how many answers for the winner would have to be left out so that the other one wins; 1 at a tie."""
    return abs(2 * count - total) + 1


def _robust(fit: Any, raters: NDArray[np.intp], layouts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the covariance of a fit that allows for both clusters.

    That of raters and that of layouts add up, less that of single answers. With few clusters the sum may fall below one
    of its parts by chance, so the largest of the three counts, parameter by parameter.
    """
    one_way = [_one_way(fit, codes) for codes in (raters, layouts)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both = sm.stats.sandwich_covariance.cov_cluster_2groups(fit, raters, layouts)[0]
    largest: NDArray[np.float64] = np.diag(np.max([np.diag(part) for part in (*one_way, both)], axis=0))
    return largest


def _one_way(fit: Any, codes: NDArray[np.intp]) -> NDArray[np.float64]:
    covariance: NDArray[np.float64] = sm.stats.sandwich_covariance.cov_cluster(fit, codes)
    return covariance


def _freedom(num_raters: int, num_layouts: int) -> int:
    return max(1, min(num_raters, num_layouts) - 1)


def _wilson(share: float, weight: int, total: int, rule: str) -> Share:
    low, high = proportion_confint(share * weight, weight, alpha=_LEVEL, method="wilson")
    return Share(share, float(low), float(high), total, rule)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _codes(values: Sequence[object]) -> tuple[NDArray[np.intp], int]:
    codes = pd.factorize(np.asarray(values))[0]
    return codes, int(codes.max()) + 1
