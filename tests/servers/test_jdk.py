from pathlib import Path

import pytest

from tests.servers.jdk import JdkNotFoundError, find_jdk, parse_java_version


def make_jdk(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch(mode=0o755)
    (home / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{version}"\n')
    return home


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('"25.0.3"', 25),
        ("21", 21),
        ("21-ea", 21),
        ("17.0.15+6-Debian-1deb12u1", 17),
        ('"1.8.0_392"', 8),
        ("unknown", None),
        ("", None),
    ],
)
def test_major_version_is_read_from_every_spelling(text: str, version: int | None) -> None:
    assert parse_java_version(text) == version


def test_first_jdk_that_is_new_enough_is_taken(reachable_folder: Path) -> None:
    old = make_jdk(reachable_folder / "a-17", "17.0.15")
    new = make_jdk(reachable_folder / "b-21", "21.0.4")
    make_jdk(reachable_folder / "c-25", "25.0.3")
    environ = {"JAVA_HOME": str(old), "PATH": ""}
    assert find_jdk(environ, folders=(reachable_folder,)) == new


def test_es_java_home_wins_over_java_home(reachable_folder: Path) -> None:
    wanted = make_jdk(reachable_folder / "wanted", "24.0.1")
    other = make_jdk(reachable_folder / "other", "25.0.3")
    environ = {"JAVA_HOME": str(other), "ES_JAVA_HOME": str(wanted), "PATH": ""}
    assert find_jdk(environ, folders=()) == wanted


def test_java_on_the_path_is_asked_for_its_home(reachable_folder: Path) -> None:
    jdk = make_jdk(reachable_folder / "jdk", "22.0.1")
    (jdk / "bin" / "java").write_text(f"#!/bin/sh\necho '    java.home = {jdk}' >&2\n")
    commands = reachable_folder / "commands"
    commands.mkdir()
    wrapper = commands / "java"
    wrapper.write_text(f'#!/bin/sh\nexec {jdk}/bin/java "$@"\n')
    wrapper.chmod(0o755)
    assert find_jdk({"PATH": str(commands)}, folders=()) == jdk


def test_error_lists_what_was_looked_at(reachable_folder: Path) -> None:
    old = make_jdk(reachable_folder / "jdk-17", "17.0.15")
    environ = {"JAVA_HOME": str(old), "ES_JAVA_HOME": "/nowhere", "PATH": ""}
    with pytest.raises(JdkNotFoundError) as failure:
        find_jdk(environ, folders=(reachable_folder,))
    text = str(failure.value)
    assert "ES_JAVA_HOME=/nowhere (no JDK)" in text
    assert f"JAVA_HOME={old} (version 17)" in text
    assert f"{old} (version 17)" in text.split(f"JAVA_HOME={old} (version 17)")[1]
    assert "JDK 21 or later" in text
