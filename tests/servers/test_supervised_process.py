import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers.supervised_process import ServerProcessError, SupervisedProcess

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
SERVER_WITH_A_CHILD = ["sh", "-c", "sleep 600 & exec sleep 600"]
TEST_RUN = """
import time
from pathlib import Path
from tests.servers.supervised_process import SupervisedProcess
process = SupervisedProcess({command!r}, folder=Path({folder!r}), environment={environment!r},
                            working_folder=Path("/"))
print(process.process_id, flush=True)
time.sleep(600)
"""


def start(command: list[str], folder: Path, grace_seconds: float = 5.0) -> SupervisedProcess:
    folder.mkdir()
    return SupervisedProcess(
        command,
        folder=folder,
        environment=ENVIRONMENT,
        working_folder=Path("/"),
        grace_seconds=grace_seconds,
    )


def has_processes(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(group: int, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while has_processes(group) or folder.exists():
        assert time.monotonic() < deadline, f"group {group} or {folder} is left"
        time.sleep(0.05)


def test_stop_ends_the_server_and_its_children_and_removes_its_folder(tmp_path: Path) -> None:
    process = start(SERVER_WITH_A_CHILD, tmp_path / "server")
    assert process.is_running
    assert has_processes(process.process_id)
    process.stop()
    assert not has_processes(process.process_id)
    assert not (tmp_path / "server").exists()
    process.stop()


def test_server_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; while true; do sleep 1; done"
    process = start(["sh", "-c", stubborn], tmp_path / "server", grace_seconds=0.5)
    process.stop()
    assert not has_processes(process.process_id)


def test_server_dies_with_a_test_run_whose_process_group_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    code = TEST_RUN.format(command=SERVER_WITH_A_CHILD, folder=str(folder), environment=ENVIRONMENT)
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as test_run:
        assert test_run.stdout is not None
        group = int(test_run.stdout.readline())
        assert has_processes(group)
        os.killpg(test_run.pid, signal.SIGKILL)
    wait_until_gone(group, folder)


def test_command_that_does_not_exist_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ServerProcessError, match="no-such-server"):
        start(["no-such-server"], tmp_path / "server")
    assert not (tmp_path / "server").exists()


def test_end_of_a_server_is_noticed_and_its_last_lines_can_be_read(tmp_path: Path) -> None:
    process = start(["sh", "-c", "echo first; echo last >&2"], tmp_path / "server")
    deadline = time.monotonic() + 60
    while process.is_running:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert process.console_tail() == "first\nlast"
    process.stop()
