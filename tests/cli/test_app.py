"""The command as a process: exit codes, interrupts, outputs of other programs."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command

COMMAND = [sys.executable, "-m", "hybrid_search.cli"]


def environment(**variables: str) -> dict[str, str]:
    own = {f"HYBRID_SEARCH_{name}": value for name, value in variables.items()}
    return {**os.environ, **own}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments], env=environment(**variables), capture_output=True, check=False
    )


def test_a_process_of_its_own_shows_no_progress_bar(folder: Path) -> None:
    assert folder.is_dir()
    indexed = run("index", "catalog.jsonl")
    assert (indexed.returncode, indexed.stderr) == (0, b"")
    assert b"is live with 60 products" in indexed.stdout


def test_an_interrupt_ends_quietly_with_130(folder: Path) -> None:
    assert folder.is_dir()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [*COMMAND, "index", "catalog.jsonl"],
            env=environment(ENGINE_URL=url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_reader_that_goes_away_is_no_failure_to_talk_about(indexed: Command) -> None:
    assert indexed("search").code == 0
    process = subprocess.Popen(
        [*COMMAND, "search", "--limit", "60"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [(["--json"], b'"title": "\\u65e5\\u672c gr\\u00f6\\u00dfe"'), ([], "größe".encode("latin-1"))],
    ids=["json", "table"],
)
def test_another_character_set_is_no_obstacle(
    command: Command, folder: Path, arguments: list[str], shown: bytes
) -> None:
    (folder / "odd.jsonl").write_text('{"id": "1", "title": "日本 größe"}', encoding="utf-8")
    assert command("index", "odd.jsonl").code == 0
    done = subprocess.run(
        [*COMMAND, "search", "größe", *arguments],
        env={**environment(), "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert shown in done.stdout


def test_a_file_name_that_is_no_text_is_refused_in_words(folder: Path) -> None:
    assert folder.is_dir()
    refused = subprocess.run(
        [*COMMAND, "index", b"\xff.jsonl"], env=environment(), capture_output=True, check=False
    )
    assert refused.returncode == 1
    assert b"Traceback" not in refused.stderr
    assert b"cannot read \\udcff.jsonl" in refused.stderr


def test_a_variable_that_is_no_setting_is_warned_about_beside_the_answer(indexed: Command) -> None:
    outcome = indexed("search", "red", "--json", ENGIN_URL="http://elsewhere:9200")
    assert outcome.code == 0
    assert outcome.data["hits"]
    assert outcome.err == (
        "warning: HYBRID_SEARCH_ENGIN_URL is no setting; did you mean 'HYBRID_SEARCH_ENGINE_URL'?\n"
    )


def test_a_bad_setting_is_one_line(indexed: Command) -> None:
    outcome = indexed("search", "red", DEADLINE_MS="0")
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err == (
        "invalid_settings: settings: deadline_ms: has to be greater than 0, got '0'\n"
    )


def test_a_server_that_is_down_is_one_line(indexed: Command) -> None:
    for arguments in (["search", "red"], ["index", "catalog.jsonl"], ["indexes"]):
        outcome = indexed(*arguments, ENGINE_URL="http://user:secret@127.0.0.1:9")
        assert outcome.code == 1
        assert outcome.out == ""
        assert outcome.err.startswith("engine_unavailable: Elasticsearch at http://127.0.0.1:9 ")
        assert "is it running?" in outcome.err
        assert outcome.err.count("\n") == 1


def test_a_damaged_database_is_one_line(indexed: Command, folder: Path) -> None:
    (folder / "noise.db").write_bytes(b"this is no database at all" * 1000)
    outcome = indexed("search", "red", ENGINE_URL="sqlite:///noise.db")
    assert outcome.code == 1
    assert outcome.err.startswith("engine_error: SQLite database 'noise.db'")


def test_help_names_every_command(command: Command) -> None:
    outcome = command("--help")
    assert outcome.code == 0
    for name in ("index", "search", "similar", "evaluate", "indexes", "doctor", "models"):
        assert re.search(rf"\b{name}\b", outcome.out)
        assert command(name, "--help").code == 0


def test_wrong_use_is_exit_code_2(command: Command) -> None:
    for arguments in ([], ["serch"], ["search", "--limt", "5"], ["index"], ["similar"]):
        assert command(*arguments).code == 2
