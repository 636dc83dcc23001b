"""`python -m benchmarks`: all benchmarks, or the named ones."""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    http_speed,
    indexing_memory,
    indexing_speed,
    queued_indexing_speed,
    search_speed,
)
from benchmarks.catalog import Source

BENCHMARKS: dict[str, Callable[[Source], None]] = {
    "search": search_speed.run,
    "http": http_speed.run,
    "indexing": indexing_speed.run,
    "queue": queued_indexing_speed.run,
    "memory": indexing_memory.run,
}


def main() -> None:
    """Run the benchmarks in turn."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--catalog", type=Path, help="catalogue file instead of made-up products")
    parser.add_argument("--fields", type=Path, help="field map of the catalogue")
    parser.add_argument("--size", type=int, default=20_000, help="number of made-up products")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(
            f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(BENCHMARKS)}"
        )
    source = Source(arguments.catalog, arguments.fields, arguments.size)
    for name in arguments.names or BENCHMARKS:
        BENCHMARKS[name](source)


if __name__ == "__main__":
    main()
