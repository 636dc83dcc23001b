"""`hybrid-search up` with every part as a real process."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from hybrid_search.catalog.record import product_record
from tests.cli.running_service import RunningService, running_service
from tests.fashion_shop import CATALOG

COMMAND = ("-m", "hybrid_search.cli")
ANSWERS = re.compile(r"http://127\.0\.0\.1:(\d+) answers; Ctrl-C ends everything")
EXPORT = re.compile(r"^  export (\w+)=(\S+)$", re.MULTILINE)
NEEDED_S = 120


@pytest.fixture
def shop(tmp_path: Path) -> Mapping[str, str]:
    """The settings of a shop that has a catalogue and no index yet."""
    records = [json.dumps(product_record(product)) for product in CATALOG]
    (tmp_path / "catalog.jsonl").write_text("\n".join(records), encoding="utf-8")
    return {
        "HYBRID_SEARCH_ENGINE_URL": f"sqlite:///{tmp_path / 'shop.db'}",
        "HYBRID_SEARCH_DATABASE_URL": f"sqlite:///{tmp_path / 'state.db'}",
    }


@contextmanager
def running_up(shop: Mapping[str, str]) -> Iterator[RunningService]:
    with running_service([*COMMAND, "up", "--bind", "127.0.0.1:0"], shop) as service:
        service.wait_for(ANSWERS)
        yield service


def parts(service: RunningService) -> dict[str, int]:
    """Return the process ids of the parts by what they run."""
    children = Path(f"/proc/{service.process.process_id}/task").glob("*/children")
    ids = [int(number) for file in children for number in file.read_text().split()]
    commands = {number: Path(f"/proc/{number}/cmdline").read_text() for number in ids}
    names = {"redis-server": "redis", "\0worker": "worker", "\0serve": "api"}
    return {
        name: number
        for number, command in commands.items()
        for mark, name in names.items()
        if mark in command
    }


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_shop_is_indexed_by_the_worker_searched_and_all_ends_with_one_ctrl_c(
    shop: Mapping[str, str], tmp_path: Path
) -> None:
    with running_up(shop) as service:
        port = int(service.wait_for(ANSWERS)[1])
        exported = dict(EXPORT.findall(service.console))
        assert set(exported) == {"HYBRID_SEARCH_REDIS_URL", "HYBRID_SEARCH_BROKER_URL"}
        indexed = subprocess.run(
            [sys.executable, *COMMAND, "index", "catalog.jsonl", "--queue"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **shop, **exported},
            capture_output=True,
            text=True,
            timeout=NEEDED_S,
            check=False,
        )
        assert indexed.returncode == 0, f"{indexed.stderr}\n{service.console}"
        assert f"is live with {len(CATALOG)} products" in indexed.stdout
        status, body = service.ask("/v1/search?q=red+dress", port=port)
        assert status == 200
        assert json.loads(body)["hits"]
        started = parts(service)
        assert set(started) == {"redis", "worker", "api"}
        service.send(signal.SIGINT)
        service.wait_until_ended()
        assert not any(is_running(process_id) for process_id in started.values())
        assert "Traceback" not in service.console
        assert all(f"\n{name:<13} | " in service.console for name in started)


@pytest.mark.parametrize("victim", ["redis", "worker", "api"])
def test_part_that_is_killed_ends_the_rest(shop: Mapping[str, str], victim: str) -> None:
    with running_up(shop) as service:
        started = parts(service)
        os.kill(started[victim], signal.SIGKILL)
        service.wait_until_ended()
        assert f"part_failed: {victim} ended by SIGKILL; the rest is stopped" in service.console
        assert not any(is_running(process_id) for process_id in started.values())
