"""Training scenes -> data/bank: the memory bank, one Parquet partition per category."""

from __future__ import annotations

from pathlib import Path

from sims_core.base.entry import run_stage
from sims_core.bank.extract import ExtractBankConfig, write_bank
from sims_core.base.metrics import write_figures
from sims_core.base.parameters import load_parameters


def main(
    scenes: Path = Path("data/scenes"),
    out: Path = Path("data/bank"),
    metrics: Path = Path("metrics/extract_bank.json"),
    params: Path = Path("params.yaml"),
) -> None:
    """Cut the training photos into segments and store them with their descriptors."""
    config = load_parameters(params).section("extract_bank", ExtractBankConfig)
    manifest = write_bank(out, scenes, config)
    num_segments = sum(manifest["num_segments"].values())
    write_figures(
        metrics,
        {
            "num_photos": len(manifest["photos"]),
            "num_skipped_photos": len(manifest["skipped"]),
            "num_bytes": sum(path.stat().st_size for path in out.rglob("*") if path.is_file()),
            "num_segments": num_segments,
            "num_segments_per_category": manifest["num_segments"],
        },
        {"num_segments": num_segments},
    )


if __name__ == "__main__":
    run_stage(main)
