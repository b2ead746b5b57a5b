"""Charts of the report, drawn by matplotlib without a display; the same numbers give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

ROW_COLOURS = {"real": "#3b3b40", "synthesized": "#d1495b", "canvas": "#2e86ab"}
_OTHER_COLOURS = ("#edae49", "#66a182", "#8d6a9f", "#7a7a80")
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
                axes.plot(steps, _running_mean(values), color=colour, linewidth=1.6, label=name)
            axes.set_title(term)
            axes.set_xlabel("step")
            if len(series) > 1:
                axes.legend(frameon=False)
        _save(figure, path)


def draw_spectrum(path: Path, frequency: NDArray[np.float64], rows: Mapping[str, NDArray[np.float64]]) -> None:
    """Draw radial power profiles over frequency in cycles per pixel, both axes logarithmic."""
    with mpl.rc_context(_STYLE):
        figure = _figure(7, 3.6)
        axes = figure.add_subplot()
        for colour, (name, profile) in zip(_row_colours(rows), rows.items(), strict=True):
            axes.plot(frequency, profile, color=colour, linewidth=1.8, label=name)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("frequency (cycles per pixel)")
        axes.set_ylabel("power")
        axes.legend(frameon=False)
        _save(figure, path)


def draw_bars(path: Path, names: Sequence[str], rows: Mapping[str, Sequence[float]]) -> None:
    """Draw horizontal bars from 0 to 1, one group per name (top to bottom), one bar per row."""
    with mpl.rc_context(_STYLE):
        figure = _figure(7, 0.8 + 0.34 * len(names))
        axes = figure.add_subplot()
        thickness = 0.8 / len(rows)
        for index, (colour, (name, values)) in enumerate(zip(_row_colours(rows), rows.items(), strict=True)):
            centres = np.arange(len(names)) + (index - (len(rows) - 1) / 2) * thickness
            axes.barh(centres, values, height=thickness * 0.9, color=colour, label=name)
        axes.set_yticks(np.arange(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xlabel("intersection over union")
        _legend_above(axes, len(rows))
        _save(figure, path)


def _figure(width_in: float, height_in: float) -> Figure:
    figure = Figure(figsize=(width_in, height_in), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: Path) -> None:
    # The version of matplotlib is not part of the picture.
    figure.savefig(path, metadata={"Software": None})


def _legend_above(axes: Axes, num_columns: int) -> None:
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=num_columns)


def _palette(num_colours: int) -> list[str]:
    wheel = ["#2e86ab", "#d1495b", *_OTHER_COLOURS]
    return [wheel[index % len(wheel)] for index in range(num_colours)]


def _row_colours(rows: Mapping[str, object]) -> list[str]:
    others = [name for name in rows if name not in ROW_COLOURS]
    spare = {name: _OTHER_COLOURS[index % len(_OTHER_COLOURS)] for index, name in enumerate(others)}
    return [ROW_COLOURS.get(name) or spare[name] for name in rows]


def _running_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over a window of a twentieth of the curve, shorter at its ends."""
    reach = len(values) // 40
    sums = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    start, stop = np.maximum(index - reach, 0), np.minimum(index + reach + 1, len(values))
    mean: NDArray[np.float64] = (sums[stop] - sums[start]) / (stop - start)
    return mean
