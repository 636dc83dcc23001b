"""Files of SQLite are made by many at once."""

import threading
from pathlib import Path

from hybrid_search.store.sqlite_connections import create_file

FILES = 100
MAKERS = 8


def test_many_can_make_a_file_at_once(tmp_path: Path) -> None:
    barrier = threading.Barrier(MAKERS)
    failures: list[Exception] = []

    def make() -> None:
        for number in range(FILES):
            barrier.wait()
            try:
                create_file(tmp_path / str(number) / "state.db", timeout_ms=20_000)
            except Exception as error:  # noqa: BLE001 - shown below
                failures.append(error)

    makers = [threading.Thread(target=make) for _ in range(MAKERS)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert failures == []
