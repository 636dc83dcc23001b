"""How to reach an Elasticsearch, and what the server at the other end can do."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from hybrid_search.errors import EngineError

OLDEST_VERSION = (8, 19)
PACKED_VECTORS_SINCE = (9, 3)


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the server is and who asks.

    Attributes:
        url: `http(s)://host:port`, several separated by commas, or empty with a cloud id.
        api_key: base64 form, as Elasticsearch prints it.
        ca_certs: file of the certificate authority, for https.
        timeout_ms: for requests without a deadline of their own.
    """

    url: str
    api_key: str | None = field(default=None, repr=False)
    ca_certs: Path | None = None
    cloud_id: str | None = None
    timeout_ms: int = 30_000

    def open(self) -> Elasticsearch:
        """Return a client; nothing is sent yet."""
        options: dict[str, Any] = {
            "request_timeout": self.timeout_ms / 1000,
            "retry_on_timeout": False,
            "max_retries": 2,
        }
        if self.api_key:
            options["api_key"] = self.api_key
        if self.ca_certs:
            options["ca_certs"] = str(self.ca_certs)
        if self.cloud_id:
            return Elasticsearch(cloud_id=self.cloud_id, **options)
        return Elasticsearch([url.strip() for url in self.url.split(",")], **options)

    @property
    def shown(self) -> str:
        """The address for messages."""
        return self.cloud_id or self.url


def server_version(client: Elasticsearch) -> tuple[int, ...]:
    """Return the server's version as numbers.

    Raises:
        EngineError: it is older than the oldest supported one.
    """
    text = str(client.info()["version"]["number"])
    version = tuple(int(part) for part in text.split("-", maxsplit=1)[0].split("."))
    if version < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        msg = f"Elasticsearch {text} is too old; version {oldest} or later is needed"
        raise EngineError(msg)
    return version
