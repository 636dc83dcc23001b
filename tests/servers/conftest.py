"""Fixtures for the tests of the servers themselves."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.unprivileged_user import make_server_folder


@pytest.fixture
def reachable_folder() -> Iterator[Path]:
    """An empty folder that the server's user can enter; pytest's own `tmp_path` is private."""
    folder = make_server_folder("hybrid_search-test-")
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
