from pathlib import Path

import pytest

from tests.servers.elasticsearch_container import DockerError, pull_image, run_command
from tests.servers.elasticsearch_rest import Credentials


def test_machine_without_docker_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(DockerError, match="no `docker` on the PATH"):
        pull_image("9.4.3", {"PATH": str(tmp_path)})


def test_container_is_published_on_loopback_only_and_removes_itself() -> None:
    command = run_command("elasticsearch:9.4.3", "name", heap_mb=512, credentials=None)
    published = [part for part in command if part.startswith("--publish")]
    assert published == ["--publish=127.0.0.1::9200"]
    assert "--rm" in command
    assert "--env=xpack.security.enabled=false" in command
    assert command[-1] == "elasticsearch:9.4.3"


def test_secured_container_gets_its_password() -> None:
    command = run_command("image", "name", heap_mb=512, credentials=Credentials("elastic", "word"))
    assert "--env=xpack.security.enabled=true" in command
    assert "--env=ELASTIC_PASSWORD=word" in command
