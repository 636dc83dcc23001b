"""Whether the memory of indexing grows with the catalogue."""

import multiprocessing
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.catalog import Source, made_up_products
from benchmarks.engines import ALIAS, elasticsearch_engine, elasticsearch_url, indexer
from benchmarks.ready_encoder import ReadyEncoder
from benchmarks.timing import print_ratio
from hybrid_search.engines.port import SearchEngine
from hybrid_search.engines.sqlite.engine import SqliteEngine

SIZES = (10_000, 40_000)


def run(_source: Source) -> None:
    """Print peak memory of two sizes, and their ratio."""
    print("Memory of indexing, made-up products with vectors of 384 dimensions", flush=True)
    with elasticsearch_url() as url:
        for name, target in (("Elasticsearch", url), ("SQLite", "")):
            peaks = [_peak_mb(target, size) for size in SIZES]
            shown = ", ".join(
                f"{size:,}: {peak:.0f} MB" for size, peak in zip(SIZES, peaks, strict=True)
            )
            print(f"  {name:14} {shown}")
            print_ratio(f"{name}: 4 times the products", peaks[1] / peaks[0], "about 1")


def _peak_mb(url: str, size: int) -> float:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_index, args=(url, size, queue))
    process.start()
    peak: float = queue.get()
    process.join()
    return peak


def _index(url: str, size: int, queue: "multiprocessing.Queue[float]") -> None:
    if url:
        with elasticsearch_engine(url) as engine:
            _reindex(engine, size)
    else:
        with TemporaryDirectory() as folder:
            sqlite = SqliteEngine(Path(folder) / "bench.db", alias=ALIAS)
            _reindex(sqlite, size)
            sqlite.close()
    queue.put(_peak_of_this_process_mb())


def _reindex(engine: SearchEngine, size: int) -> None:
    indexer(engine, ReadyEncoder()).reindex(made_up_products(size), estimated_products=size)


def _peak_of_this_process_mb() -> float:
    # ru_maxrss of a new process begins at what the process that started it had in memory.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak) / 1024
