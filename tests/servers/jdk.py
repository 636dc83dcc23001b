"""Finding a JDK that runs Elasticsearch; `python -m tests.servers.jdk` prints where it is."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.servers.unprivileged_user import is_reachable

MINIMUM_JAVA_VERSION = 21
JDK_FOLDERS = (Path("/usr/lib/jvm"), Path("/Library/Java/JavaVirtualMachines"))


class JdkNotFoundError(Exception):
    """No JDK here is new enough; the text lists what was looked at."""


def find_jdk(
    environ: Mapping[str, str],
    *,
    minimum: int = MINIMUM_JAVA_VERSION,
    folders: tuple[Path, ...] = JDK_FOLDERS,
) -> Path:
    """Return the home of the first JDK of at least the `minimum` version.

    Looks at `ES_JAVA_HOME`, `JAVA_HOME`, the JDKs in `folders`, and `java` on the `PATH`.

    Raises:
        JdkNotFoundError: none is new enough, or none can be read by the server's user.
    """
    looked_at = []
    for label, home in _candidates(environ, folders):
        version = _version_of(home)
        if version is None:
            looked_at.append(f"{label} (no JDK)")
        elif version < minimum:
            looked_at.append(f"{label} (version {version})")
        elif not is_reachable(home.resolve() / "bin" / "java"):
            looked_at.append(f"{label} (in a folder that the server's user cannot enter)")
        else:
            return home
    raise JdkNotFoundError(
        f"Elasticsearch needs a JDK {minimum} or later; looked at: "
        f"{', '.join(looked_at) or 'ES_JAVA_HOME, JAVA_HOME, PATH (all unset)'}. "
        f"Install one, or name its folder in ES_JAVA_HOME"
    )


def parse_java_version(text: str) -> int | None:
    """Return the major version of `25.0.3`, `21-ea` or `1.8.0_392` (8), None of anything else."""
    match = re.match(r"(?:1\.)?(\d+)", text.strip().strip('"'))
    return int(match.group(1)) if match else None


def _candidates(
    environ: Mapping[str, str], folders: tuple[Path, ...]
) -> Iterator[tuple[str, Path]]:
    for variable in ("ES_JAVA_HOME", "JAVA_HOME"):
        if environ.get(variable):
            yield f"{variable}={environ[variable]}", Path(environ[variable])
    for folder in folders:
        for home in sorted(folder.glob("*")):
            bundle = home / "Contents" / "Home"
            yield str(home), bundle if bundle.is_dir() else home
    java = shutil.which("java", path=environ.get("PATH", ""))
    if java is not None:
        yield f"{java} on the PATH", _home_of_command(java)


def _home_of_command(java: str) -> Path:
    """Ask the command itself: it may be a wrapper that stands in no JDK's folder."""
    shown = subprocess.run(
        [java, "-XshowSettings:properties", "-version"],
        capture_output=True,
        text=True,
        check=False,
    )
    match = re.search(r"^\s*java\.home = (.+)$", shown.stderr, re.MULTILINE)
    return Path(match.group(1)) if match else Path(java).resolve().parent.parent


def _version_of(home: Path) -> int | None:
    if not (home / "bin" / "java").exists():
        return None
    try:
        release = (home / "release").read_text(encoding="utf-8")
    except OSError:
        return None
    match = re.search(r"^JAVA_VERSION=(.+)$", release, re.MULTILINE)
    return parse_java_version(match.group(1)) if match else None


def main() -> int:
    """Print the home of the JDK that servers will run on, or what was looked at."""
    try:
        sys.stdout.write(f"{find_jdk(os.environ)}\n")
    except JdkNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
