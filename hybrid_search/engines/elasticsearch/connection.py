"""How to reach an Elasticsearch, and what the server at the other end can do."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson
from elasticsearch import Elasticsearch
from elasticsearch.serializer import JsonSerializer, NdjsonSerializer

from hybrid_search.engines.elasticsearch.address import checked_url, without_password
from hybrid_search.errors import EngineError, SettingsError

OLDEST_VERSION = (8, 19)
PACKED_VECTORS_SINCE = (9, 3)


class FastJson(JsonSerializer):
    """JSON by orjson, which takes a fifth of the time of the standard library."""

    def json_dumps(self, data: Any) -> bytes:
        """Return the data as JSON."""
        return orjson.dumps(data, default=self.default)

    def json_loads(self, data: bytes) -> Any:
        """Return what the JSON says."""
        return orjson.loads(data)


class FastNdjson(NdjsonSerializer, FastJson):
    """Lines of JSON by orjson."""


class ClientSource(Protocol):
    """Where the client of one cluster comes from."""

    @property
    def shown(self) -> str:
        """The cluster's address for messages, without a password."""

    @property
    def is_owned(self) -> bool:
        """Whether the client is ours to close."""

    def open(self) -> Elasticsearch:
        """Return the client; nothing is sent yet."""


@dataclass(frozen=True, slots=True)
class GivenClient:
    """A client that somebody else made, and will close."""

    client: Elasticsearch

    @property
    def shown(self) -> str:
        """The addresses of its nodes."""
        return ",".join(node.base_url for node in self.client.transport.node_pool.all())

    @property
    def is_owned(self) -> bool:
        """It is not ours."""
        return False

    def open(self) -> Elasticsearch:
        """Return the client."""
        return self.client


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the server is and who asks.

    Attributes:
        url: `http(s)://host:port`, several separated by commas; not used with a cloud id.
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
        """Return a client; nothing is sent yet.

        Raises:
            SettingsError: the address, the key or the certificate authority cannot be used.
        """
        options: dict[str, Any] = {
            "request_timeout": self.timeout_ms / 1000,
            "retry_on_timeout": False,
            "serializers": {
                JsonSerializer.mimetype: FastJson(),
                NdjsonSerializer.mimetype: FastNdjson(),
            },
            "max_retries": 2,
        }
        if self.api_key is not None:
            options["api_key"] = _checked_key(self.api_key)
        if self.ca_certs is not None:
            options["ca_certs"] = _checked_authority(self.ca_certs)
        try:
            if self.cloud_id:
                return Elasticsearch(cloud_id=self.cloud_id, **options)
            return Elasticsearch([checked_url(url) for url in self._urls], **options)
        except ValueError as error:
            msg = f"cannot connect to Elasticsearch at {self.shown!r}: {error}"
            raise SettingsError(msg) from error

    @property
    def is_owned(self) -> bool:
        """The client is ours."""
        return True

    @property
    def shown(self) -> str:
        """The address for messages, without a password."""
        return self.cloud_id or without_password(self.url)

    @property
    def _urls(self) -> list[str]:
        urls = [url.strip() for url in self.url.split(",")]
        return [url for url in urls if url] or [""]


def _checked_key(key: str) -> str:
    stripped = key.strip()
    if not stripped or not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        msg = (
            "the API key of Elasticsearch has to be in its base64 form, which is `encoded` "
            "in the answer that created it"
        )
        raise SettingsError(msg)
    return stripped


def _checked_authority(path: Path) -> str:
    try:
        ssl.create_default_context(cafile=str(path))
    except OSError as error:
        reason = error.strerror or error
        msg = f"cannot use the certificate authority {str(path)!r}: {reason}; give a PEM file"
        raise SettingsError(msg) from error
    return str(path)


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
