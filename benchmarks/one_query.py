"""What one query costs a process that has just started, as JSON: milliseconds of each step, MiB of memory at most.

    python -m benchmarks.one_query INDEX QUERIES NUM_AT_ONCE

`benchmarks/retrieval.py` runs this over and over. The compiled code is loaded by a search of an index without content.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.many_segments import load_queries
from sims_core.bank.blocks import pack
from sims_core.bank.descriptors import DescriptorSet
from sims_core.bank.search_index import build_index
from sims_core.base.files import sha256_of
from sims_core.formats.search_index import SearchIndex, read_index
from sims_core.retrieval.search import top_k


def search(asked: DescriptorSet, index: SearchIndex, size: int) -> None:
    """Let the first queries find their ten best."""
    few = DescriptorSet(asked.masks[:size], asked.contexts[:size], asked.num_categories)
    top_k(few, index, 10, query_photos=np.full(size, -1))


def main(index_path: Path, asked_path: Path, num_at_once: int) -> None:
    """Print the costs."""
    asked = load_queries(asked_path)
    first = next(iter(asked))
    zero = np.zeros(1, dtype=np.int64)
    tiny = build_index([pack(first, asked.num_categories)], zero, zero, zero, asked.grid, asked.num_categories)
    times = [time.perf_counter()]
    search(asked, tiny, 1)
    times.append(time.perf_counter())
    sha256_of(index_path)
    times.append(time.perf_counter())
    index = read_index(index_path)
    times.append(time.perf_counter())
    search(asked, index, 1)
    times.append(time.perf_counter())
    search(asked, index, num_at_once)
    times.append(time.perf_counter())
    names = ("load_code_ms", "check_digest_ms", "open_ms", "one_query_ms", f"{num_at_once}_queries_ms")
    costs = dict(zip(names, (np.diff(times) * 1e3).tolist(), strict=True))
    status = Path("/proc/self/status").read_text()
    sys.stdout.write(json.dumps({**costs, "peak_mib": int(status.split("VmHWM:")[1].split()[0]) / 1024}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
