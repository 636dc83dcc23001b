"""`scripts/demo`, which `make demo` runs."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.cli.running_service import ROOT, running_service
from tests.servers.free_port import free_port

COMMAND = Path(sys.executable).parent / "hybrid-search"
OPEN = re.compile(r"The shop is open: (http://\S+)[^$]*?\n    curl '([^']+)'")
BECOME_THE_SCRIPT = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"


def test_it_serves_a_shop_until_one_ctrl_c(tmp_path: Path) -> None:
    bind = f"127.0.0.1:{free_port()}"
    arguments = ["-c", BECOME_THE_SCRIPT, str(ROOT / "scripts/demo"), str(COMMAND), str(tmp_path)]
    # A shop's own settings are left alone: nothing answers at this one.
    environment = {
        "HYBRID_SEARCH_SERVE_BIND": bind,
        "HYBRID_SEARCH_ENGINE_URL": "http://127.0.0.1:1",
    }
    with running_service(arguments, environment) as demo:
        match = demo.wait_for(OPEN)
        assert match[1] == f"http://{bind}"
        assert b"300 products" in demo.get("/")
        path = match[2].removeprefix(bind)
        answer = json.loads(demo.get(path))
        assert answer["hits"][0]["explanation"]["terms"]
        assert answer["facets"]["brand"]
        demo.send(signal.SIGINT)
        demo.wait_until_ended()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(bind.partition(":")[2]))) != 0


def test_a_port_in_use_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            [ROOT / "scripts/demo", COMMAND, tmp_path],
            env={"PATH": os.environ["PATH"], "HYBRID_SEARCH_SERVE_BIND": bind},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{bind} is in use" in done.stderr
    assert "make demo" in done.stderr
    assert not (tmp_path / "demo.db").exists()


def test_it_can_search_in_the_terminal_and_end(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / "scripts/demo", COMMAND, tmp_path, "--once"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "is live with 300 products" in done.stdout
    assert "final score" in done.stdout
    commands = re.findall(r"^\$ (.*)$", done.stdout, re.MULTILINE)
    assert [shlex.split(one)[1] for one in commands] == ["index", *["search"] * 3, "similar"]
