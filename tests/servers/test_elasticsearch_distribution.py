import os
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from tests.servers.elasticsearch_distribution import (
    DistributionError,
    ElasticsearchRelease,
    cache_folder,
    cached_tree,
    extract_tree,
    fetch_tree,
)
from tests.servers.unprivileged_user import is_reachable

RELEASE = ElasticsearchRelease("9.9.9", "org.example:bundle:1:zip")


def write_zip(path: Path, modes: dict[str, int]) -> Path:
    with ZipFile(path, "w") as archive:
        for name, mode in modes.items():
            member = ZipInfo(name)
            member.external_attr = (0o100000 | mode) << 16
            archive.writestr(member, f"content of {name}")
    return path


def files_of(tree: Path) -> dict[str, int]:
    return {
        str(path.relative_to(tree)): path.stat().st_mode & 0o777
        for path in tree.rglob("*")
        if path.is_file()
    }


def test_only_the_elasticsearch_folder_is_unpacked_readable_with_its_executables(
    tmp_path: Path,
) -> None:
    archive = write_zip(
        tmp_path / "bundle.zip",
        {
            "bundle-1/elasticsearch/bin/tool": 0o755,
            "bundle-1/elasticsearch/config/elasticsearch.yml": 0o640,
            "bundle-1/elasticsearch/lib/elasticsearch/inner.jar": 0o600,
            "bundle-1/web/elasticsearch/page.html": 0o644,
            "bundle-1/elasticsearch.txt": 0o644,
        },
    )
    tree = tmp_path / "tree"
    extract_tree(archive, tree)
    assert files_of(tree) == {
        "bin/tool": 0o755,
        "config/elasticsearch.yml": 0o644,
        "lib/elasticsearch/inner.jar": 0o644,
    }
    content = (tree / "bin" / "tool").read_text()
    assert content == "content of bundle-1/elasticsearch/bin/tool"


def test_zip_without_elasticsearch_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "bundle.zip", {"bundle-1/lib/a.jar": 0o644})
    with pytest.raises(DistributionError, match=r"no folder \*/elasticsearch/"):
        extract_tree(archive, tmp_path / "tree")


def test_path_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "bundle.zip", {"bundle-1/elasticsearch/../../x": 0o644})
    with pytest.raises(DistributionError, match="unsafe path"):
        extract_tree(archive, tmp_path / "tree")
    assert not (tmp_path / "x").exists()


def test_release_in_the_cache_is_found_by_its_version(tmp_path: Path) -> None:
    jar = tmp_path / "elasticsearch-9.9.9" / "lib" / "elasticsearch-9.9.9.jar"
    jar.parent.mkdir(parents=True)
    jar.touch()
    assert cached_tree(RELEASE, tmp_path) == tmp_path / "elasticsearch-9.9.9"


def test_missing_release_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(DistributionError, match=r"elasticsearch-9\.9\.9 does not exist"):
        cached_tree(RELEASE, tmp_path)


def test_cached_folder_with_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elasticsearch-9.9.9" / "lib").mkdir(parents=True)
    with pytest.raises(DistributionError, match=r"does not hold Elasticsearch 9\.9\.9; remove it"):
        cached_tree(RELEASE, tmp_path)


def test_fetching_without_maven_says_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(DistributionError, match="install Maven"):
        fetch_tree(RELEASE, tmp_path, {"PATH": str(tmp_path)})


def test_cache_is_below_xdg_cache_home_where_the_servers_user_can_enter(
    reachable_folder: Path,
) -> None:
    cache = cache_folder({"HOME": "/nowhere", "XDG_CACHE_HOME": str(reachable_folder)})
    assert cache == reachable_folder / "hybrid_search"
    assert cache.is_dir()


def test_cache_is_never_where_the_servers_user_cannot_enter(reachable_folder: Path) -> None:
    home = reachable_folder / "home"
    home.mkdir(mode=0o700)
    cache = cache_folder({"HOME": str(home)})
    assert is_reachable(cache / "release")
    assert cache.stat().st_uid == os.geteuid()
