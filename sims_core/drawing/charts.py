"""Charts of the report, drawn by matplotlib without a display; the same numbers give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

_CURVE_COLOURS = ("#2e86ab", "#d1495b", "#edae49", "#66a182", "#8d6a9f", "#7a7a80")
_FEW_POINTS = 12
_MARKERS = ("D", "o", "s", "^", "v", "P", "X", "|")
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9a9aa0",
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "figure.facecolor": "#fffefb",
    "axes.facecolor": "#fffefb",
}

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Series:
    """One line or one set of marks of a chart.

    Attributes:
        title: For the legend.
        colour: As `#rrggbb`.
        values: In the order of the chart's axis.
    """

    title: str
    colour: str
    values: Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """One line of a chart with its intervals; all sequences have one length.

    Attributes:
        title: For the legend, or above its chart.
        places: Along the axis, positive.
        values: There.
        low: Lower ends of the intervals.
        high: Upper ends.
    """

    title: str
    places: Sequence[float]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def draw_bands(path: Path, bands: Sequence[Band], along: str, value: str) -> None:
    """Draw lines with error bars over a logarithmic axis, set side by side so that bars do not hide each other."""
    with mpl.rc_context(_STYLE):
        figure = _figure(7, 4.2)
        axes = figure.add_subplot()
        looks = zip(_palette(len(bands)), _markers(len(bands)), strict=True)
        for index, (band, (colour, marker)) in enumerate(zip(bands, looks, strict=True)):
            shifted = np.asarray(band.places) * 1.02 ** (index - (len(bands) - 1) / 2)
            middle = np.asarray(band.values)
            # A percentile interval need not hold the value itself.
            reach = np.maximum(0, [middle - np.asarray(band.low), np.asarray(band.high) - middle])
            # Colours come again; lines of the second round are dashed.
            style = "-" if index < len(_CURVE_COLOURS) else "--"
            axes.errorbar(shifted, middle, yerr=reach, color=colour, marker=marker, markersize=4, label=band.title,
                          linewidth=1.4, elinewidth=0.9, linestyle=style)  # fmt: skip
        ticks = sorted({place for band in bands for place in band.places})
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(along)
        axes.set_ylabel(value)
        figure.legend(frameon=False, loc="outside upper left", ncols=4)
        _save(figure, path)


def draw_curves(path: Path, curves: Mapping[str, Mapping[str, Curve]]) -> None:
    """Draw one small chart per term; each holds its named series (steps, values), faint with a running mean."""
    num_columns = min(3, len(curves))
    num_rows = -(-len(curves) // num_columns)
    with mpl.rc_context(_STYLE):
        figure = _figure(3.4 * num_columns, 2.3 * num_rows)
        for index, (term, series) in enumerate(curves.items()):
            axes = figure.add_subplot(num_rows, num_columns, index + 1)
            for colour, (name, (steps, values)) in zip(_palette(len(series)), series.items(), strict=True):
                axes.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
                # A line of few points hides where it was measured, and one of a single point is none.
                marker = "o" if len(steps) < _FEW_POINTS else ""
                mean = _running_mean(values)
                axes.plot(steps, mean, color=colour, linewidth=1.6, marker=marker, markersize=3, label=name)
            axes.set_title(term)
            axes.set_xlabel("step")
            if len(series) > 1:
                axes.legend(frameon=False)
        _save(figure, path)


def draw_spectrum(path: Path, frequency: NDArray[np.float64], rows: Sequence[Series]) -> None:
    """Draw radial power profiles over frequency in cycles per pixel, both axes logarithmic."""
    with mpl.rc_context(_STYLE):
        figure = _figure(7, 3.6)
        axes = figure.add_subplot()
        for row in rows:
            axes.plot(frequency, row.values, color=row.colour, linewidth=1.8, label=row.title)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("frequency (cycles per pixel)")
        axes.set_ylabel("power")
        axes.legend(frameon=False)
        _save(figure, path)


def draw_categories(path: Path, names: Sequence[str], rows: Sequence[Series]) -> None:
    """Draw shares from 0 to 1: one line per name (top to bottom), on it one mark per row, joined from end to end.

    Marks on one line instead of bars: five bars per category would be too thin to follow.
    """
    values = np.array([row.values for row in rows])
    heights = np.arange(len(names))
    with mpl.rc_context(_STYLE):
        figure = _figure(7, 1.1 + 0.27 * len(names))
        axes = figure.add_subplot()
        axes.hlines(heights, values.min(axis=0), values.max(axis=0), color="#d5d2ca", linewidth=1.2, zorder=1)
        for index, (marker, row) in enumerate(zip(_markers(len(rows)), rows, strict=True)):
            # Where marks meet, the first rows lie on top.
            order = 2 + len(rows) - index
            axes.scatter(row.values, heights, s=30, color=row.colour, marker=marker, label=row.title, zorder=order)
        axes.set_yticks(heights, names)
        axes.invert_yaxis()
        axes.set_xlim(-0.01, 1.01)
        axes.set_xlabel("intersection over union")
        axes.grid(axis="x", color="#eceae4", linewidth=0.8)
        axes.set_axisbelow(True)
        figure.legend(frameon=False, loc="outside upper left", ncols=3)
        _save(figure, path)


def draw_shares(path: Path, series: Sequence[Band], axis: str) -> None:
    """Draw one small chart per series: shares with intervals over a logarithmic axis; a dashed line is one half."""
    num_columns = min(3, len(series))
    num_rows = -(-len(series) // num_columns)
    with mpl.rc_context(_STYLE):
        figure = _figure(1 + 2.9 * num_columns, 2.4 * num_rows)
        charts: Any = figure.subplots(num_rows, num_columns, sharex=True, sharey=True, squeeze=False)
        places = sorted({place for row in series for place in row.places})
        for axes, row in zip(charts.flat, series, strict=False):
            axes.axhline(0.5, color="#9a9aa0", linewidth=1, linestyle="--", zorder=1)
            reach = np.abs(np.array([row.low, row.high]) - np.array(row.values))
            colour = _CURVE_COLOURS[0]
            axes.errorbar(row.places, row.values, yerr=reach, fmt="o-", color=colour, markersize=4, capsize=2)
            axes.set_title(row.title)
            axes.set_xscale("log")
            axes.set_xticks(places, [f"{place:.3g}".lstrip("0") for place in places])
            axes.set_xticks([], minor=True)
            axes.set_ylim(0, 1)
            axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        for axes in charts.flat[len(series) :]:
            axes.set_visible(False)
        figure.supxlabel(axis, fontsize=_STYLE["font.size"])
        _save(figure, path)


def _figure(width_in: float, height_in: float) -> Figure:
    figure = Figure(figsize=(width_in, height_in), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: Path) -> None:
    # The version of matplotlib is not part of the picture.
    figure.savefig(path, metadata={"Software": None})


def _palette(num_colours: int) -> list[str]:
    return [_CURVE_COLOURS[index % len(_CURVE_COLOURS)] for index in range(num_colours)]


def _markers(num_rows: int) -> list[str]:
    """Return shapes that tell rows apart where colours do not: diamond, disc, square, triangles, ..."""
    return [_MARKERS[index % len(_MARKERS)] for index in range(num_rows)]


def _running_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over a window of a twentieth of the curve, shorter at its ends."""
    reach = len(values) // 40
    sums = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    start, stop = np.maximum(index - reach, 0), np.minimum(index + reach + 1, len(values))
    mean: NDArray[np.float64] = (sums[stop] - sums[start]) / (stop - start)
    return mean
