"""`python -m fuzz`: the service on each engine, first by its OpenAPI, then by mangled requests."""

import argparse
import os
import random
import sys

from fuzz import described, mangled
from fuzz.running_shop import engine_urls, running_shop

MAX_SEED = 2**31


def main() -> None:
    """Fuzz, and exit with 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument(
        "--seconds",
        type=int,
        default=int(os.environ.get("FUZZ_SECONDS") or 600),
        help="time of each way on each engine; FUZZ_SECONDS, or 600",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=int(os.environ.get("FUZZ_SEED") or random.randrange(MAX_SEED)),
        help="repeats a former run; FUZZ_SEED, or a random one",
    )
    parser.add_argument("--only", choices=["described", "mangled"], help="one of the two ways")
    arguments = parser.parse_args()
    ways = {"described": described.run, "mangled": mangled.run}
    names = [arguments.only] if arguments.only else list(ways)
    found = 0
    for engine, url in engine_urls(os.environ).items():
        with running_shop(url) as service:
            for name in names:
                print(
                    f"fuzz {name} on {engine}: {arguments.seconds} s, seed {arguments.seed}",
                    flush=True,
                )
                found += ways[name](service, seconds=arguments.seconds, seed=arguments.seed)
    if found:
        sys.exit(f"fuzz: {found} defects, seed {arguments.seed}")
    print("fuzz: no defect")


if __name__ == "__main__":
    main()
