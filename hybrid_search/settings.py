"""All settings; the only place that reads the environment."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hybrid_search.errors import SettingsError, suggestion
from hybrid_search.query.problems import describe_problems

PREFIX = "HYBRID_SEARCH_"
FILE_VARIABLE = "HYBRID_SEARCH_SETTINGS"
DEFAULT_FILE = Path("hybrid_search.toml")
_MEAN = "mean '"


class Settings(BaseSettings):
    """What can be set, by a variable `HYBRID_SEARCH_NAME` or a line `name = ...` of the file.

    The file is `hybrid_search.toml` in the working folder, or the one that
    `HYBRID_SEARCH_SETTINGS` names. A variable wins over the file; an empty one is as good as none.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    engine_url: str = Field(
        "sqlite:///hybrid_search.db",
        description="`sqlite:///PATH`, or `http(s)://HOST:PORT` of Elasticsearch, several "
        "separated by commas.",
    )
    engine_api_key: SecretStr | None = Field(
        None, description="API key of Elasticsearch, in its base64 form."
    )
    engine_ca_certs: Path | None = Field(
        None, description="File of the certificate authority of Elasticsearch."
    )
    engine_cloud_id: str | None = Field(
        None, description="Cloud id of Elasticsearch, instead of its URL."
    )
    engine_timeout_ms: Annotated[int, Field(gt=0)] = Field(
        30_000, description="Longest wait for requests other than searches, in ms."
    )
    engine_shards: Annotated[int, Field(ge=1, le=1024)] = Field(
        1, description="Primary shards of new indices on Elasticsearch."
    )
    index_alias: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")] = Field(
        "products", description="Name that searches use; indices are called `ALIAS-STAMP`."
    )
    language: str = Field("english", description="Language whose stemmer analyses the text.")
    text_encoder: str | None = Field(
        None,
        description="`sentence-transformers:NAME_OR_FOLDER` or `onnx:FOLDER`; without it search "
        "is lexical.",
    )
    encoder_threads: Annotated[int, Field(ge=1, le=256)] = Field(
        1, description="Threads of an encoder in one process."
    )
    vector_index: Literal["auto", "flat", "int8_hnsw", "hnsw"] = Field(
        "auto",
        description="Vector index on Elasticsearch; `auto` is exact (`flat`) up to 50,000 "
        "products and `int8_hnsw` beyond.",
    )
    mappings: Path | None = Field(
        None,
        description="Folder with `products.json` and `synonyms.txt`, instead of the ones that "
        "come with the package.",
    )
    profile: Path | None = Field(
        None, description="TOML file of the ranking profile, instead of the default."
    )
    deadline_ms: Annotated[int, Field(gt=0)] = Field(
        2_000, description="Longest wait for each part of a search, in ms."
    )
    redis_url: str | None = Field(
        None,
        repr=False,
        description="`redis://[:PASSWORD@]HOST:PORT/NUMBER` of the Redis that keeps snapshots, so "
        "that any process can answer a further page; without it each process keeps its own.",
    )
    snapshot_ttl_s: Annotated[int, Field(ge=1, le=86_400)] = Field(
        600, description="How long the further pages of a search can be asked for, in seconds."
    )
    broker_url: str | None = Field(
        None,
        repr=False,
        description="`redis://[:PASSWORD@]HOST:PORT/NUMBER` of the Redis through which workers "
        "are asked for tasks; without it they run in the process that asks.",
    )
    worker_processes: Annotated[int, Field(ge=1, le=256)] = Field(
        1, description="Processes of a worker; each has its own encoder."
    )
    catalog_folder: Path | None = Field(
        None,
        description="Folder of the catalogues and field maps that a job may be started with over "
        "HTTP; workers read them.",
    )
    serve_bind: str = Field(
        "127.0.0.1:8000", description="`HOST:PORT` that `hybrid-search serve` listens on."
    )
    serve_workers: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None,
        description="Processes that answer requests; by default one a core where Redis keeps the "
        "snapshots, and a single one otherwise.",
    )
    serve_threads: Annotated[int, Field(ge=1, le=1000)] = Field(
        8, description="Requests that one process answers at the same time."
    )
    serve_graceful_timeout_s: Annotated[int, Field(ge=1, le=3600)] = Field(
        30, description="How long requests in flight may take when the service is stopped, in s."
    )
    database_url: str = Field(
        "sqlite:///hybrid_search_state.db",
        repr=False,
        description="Database of jobs, API keys and the query log: `sqlite:///PATH` or "
        "`postgresql://USER:PASSWORD@HOST:PORT/NAME`.",
    )
    search_needs_key: bool = Field(
        default=False,
        description="Whether searching needs an API key too; everything else always does.",
    )
    max_body_bytes: Annotated[int, Field(ge=1_000, le=1_000_000_000)] = Field(
        16_000_000, description="Longest body of a request to the service, in bytes."
    )
    query_log_days: Annotated[int, Field(ge=0, le=36_500)] = Field(
        90, description="Days for which the query log is kept; 0 keeps none."
    )

    @classmethod
    def load(cls) -> Self:
        """Return the settings of the environment and the file.

        Raises:
            SettingsError: a value cannot be used, or the file names something that is no setting.
        """
        named = os.environ.get(FILE_VARIABLE)
        if named and not Path(named).is_file():
            msg = f"{FILE_VARIABLE} names {named!r}, which is no file"
            raise SettingsError(msg)
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(f"settings: {describe_problems(error, cls)}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            msg = f"cannot read the settings file {str(_file())!r}: {error}; it has to be TOML"
            raise SettingsError(msg) from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment before the file."""
        del dotenv_settings, file_secret_settings
        from_file = TomlConfigSettingsSource(settings_cls, _file())
        return (init_settings, env_settings, from_file)


def unknown_variables() -> tuple[str, ...]:
    """Return a word about each variable with our prefix that is no setting."""
    known = {name.upper() for name in Settings.model_fields}
    found = [
        variable.removeprefix(PREFIX)
        for variable in sorted(os.environ)
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE
    ]
    return tuple(
        f"{PREFIX}{name} is no setting{suggestion(name, known).replace(_MEAN, _MEAN + PREFIX)}"
        for name in found
        if name not in known
    )


def _file() -> Path:
    return Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)
