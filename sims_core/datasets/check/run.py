"""The whole check: list, read in worker processes, judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sims_core.base.errors import SimsError, few
from sims_core.base.parallel import parallel_map
from sims_core.datasets.adapters.folder import untaken
from sims_core.datasets.check.facts import SceneFacts, collect_facts
from sims_core.datasets.check.judge import Finding, judge
from sims_core.datasets.load import open_files
from sims_core.datasets.raw import RawDataset
from sims_core.datasets.settings import FolderSource, PrepareConfig, SyntheticStreetSource

_LISTING = "files that do not match"


@dataclass(frozen=True)
class DataCheck:
    """What came out; `dataset` is None where not even the files could be listed.

    Attributes:
        dataset: As opened.
        facts: Of every scene, train before val.
        findings: Faults before warnings.
    """

    dataset: RawDataset[Any] | None
    facts: list[SceneFacts]
    findings: list[Finding]

    @property
    def num_faults(self) -> int:
        """How many findings make the check fail."""
        return sum(finding.is_fault for finding in self.findings)


def check_data(config: PrepareConfig, seed: int) -> DataCheck:
    """List and read every scene of a dataset of files and say all that is wrong with it.

    Raises:
        SimsError: The dataset is rendered, so that there are no files.
    """
    source = config.source
    if isinstance(source, SyntheticStreetSource):
        raise SimsError(
            "prepare.source",
            f"'{source.dataset}' is rendered, there is nothing to check",
            remedy="name a dataset of files, or let `sims data init FOLDER` write the parameters",
        )
    errors: list[SimsError] = []
    try:
        dataset = open_files(source, seed, errors.append)
    except SimsError as error:
        return DataCheck(None, [], [_listed(one) for one in [*errors, error]])
    collect = partial(collect_facts, read=dataset.read)
    facts = list(parallel_map(collect, dataset.items, "check scenes"))
    findings = [*map(_listed, errors), *judge(facts, dataset.classes, config)]
    if isinstance(source, FolderSource) and (others := untaken(source, dataset.items)):
        findings.append(_untaken(source, others))
    return DataCheck(dataset, facts, findings)


def _untaken(source: FolderSource, others: Sequence[Path]) -> Finding:
    names = few(path.name for path in others)
    error = SimsError(
        source.root,
        f"{len(others)} pictures beside the photos and label maps are taken by no pattern: {names}",
        remedy="patterns tell .JPG from .jpg; name several in a list, see prepare.source",
    )
    return Finding("pictures that no pattern takes", str(error), is_fault=False)


def _listed(error: SimsError) -> Finding:
    return Finding(_LISTING, str(error), is_fault=True)
