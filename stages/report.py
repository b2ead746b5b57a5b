"""Everything a run made -> data/report: a page with pictures, curves and explained figures."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.base.parameters import load_parameters
from sims_core.evaluation.settings import EvaluateConfig
from sims_core.report.page import ReportInputs, write_report
from sims_core.report.settings import ReportConfig


def main(
    scenes: Path = Path("data/scenes"),
    bank: Path = Path("data/bank"),
    canvases: Path = Path("data/canvases"),
    synthesized: Path = Path("data/synthesized"),
    baselines: Path = Path("data/baselines"),
    evaluation: Path = Path("data/evaluation"),
    plots: Path = Path("data/plots"),
    figures: Path = Path("metrics/figures"),
    out: Path = Path("data/report"),
    params: Path = Path("params.yaml"),
) -> None:
    """Write data/report/index.html."""
    parameters = load_parameters(params)
    rivals: dict[str, Path] = {name: baselines / name for name in parameters.section("evaluate", EvaluateConfig).rivals}
    inputs = ReportInputs(scenes, bank, canvases, synthesized, rivals, evaluation, plots, figures)
    write_report(out, inputs, parameters.section("report", ReportConfig))


if __name__ == "__main__":
    run_stage(main)
