from pathlib import Path

import pytest

from hybrid_search.cli.available_cores import available_cores


@pytest.fixture
def quota_file(tmp_path: Path) -> Path:
    return tmp_path / "cpu.max"


def test_without_a_quota_the_scheduler_decides(
    quota_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 3, 5})
    assert available_cores(quota_file) == 3
    for content in ("max 100000\n", "", "nonsense"):
        quota_file.write_text(content)
        assert available_cores(quota_file) == 3


@pytest.mark.parametrize(("quota", "cores"), [("150000", 2), ("50000", 1), ("9900000", 64)])
def test_quota_of_a_container_is_rounded_up(
    quota_file: Path, quota: str, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    quota_file.write_text(f"{quota} 100000\n")
    assert available_cores(quota_file) == cores
