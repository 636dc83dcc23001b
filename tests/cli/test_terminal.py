"""What is printed on a terminal and elsewhere."""

import os
import pty
import subprocess
import sys

from tests.cli.conftest import Command

COMMAND = f"{sys.executable} -m hybrid_search.cli"


def on_a_terminal(command: str, columns: int) -> str:
    """Return what a command shows on a terminal of that width."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        ["bash", "-c", f"stty cols {columns}; {command}"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(terminal)
    shown = b""
    while chunk := _read(main):
        shown += chunk
    os.close(main)
    assert process.wait() == 0
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""


def test_a_narrow_terminal_wraps_and_cuts_nothing_off(indexed: Command) -> None:
    assert indexed("indexes").code == 0
    shown = on_a_terminal(f"{COMMAND} search 'red dress' --explain --limit 1", 50)
    words = " ".join(shown.replace("│", " ").split())
    assert "…" not in words
    assert "on the scale from 0.000 to 1.000; bm25" in words
    assert "all words" in words


def test_a_bar_is_shown_on_a_terminal_and_taken_away_again(indexed: Command) -> None:
    assert indexed("indexes").code == 0
    shown = on_a_terminal(f"{COMMAND} index catalog.jsonl", 100)
    assert "\x1b[?25l" in shown, "the cursor is hidden while the bar is there"
    assert "60 products" in shown
    assert "is live with 60 products" in shown.splitlines()[-1]
