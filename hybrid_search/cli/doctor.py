"""`hybrid-search doctor`."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from hybrid_search.bootstrap import (
    mappings_folder,
    open_encoder,
    open_engine,
    open_profile,
)
from hybrid_search.cli.terminal import out, print_json
from hybrid_search.engines.port import SearchEngine
from hybrid_search.errors import HybridSearchError
from hybrid_search.indexing import TEXT_VECTOR
from hybrid_search.query_encoding import QueryEncoders
from hybrid_search.settings import Settings, unknown_variables


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    is_good: bool
    text: str


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check settings, engine, index and encoder, and say what to do about what is wrong."""
    findings = list(_findings())
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "[green]ok [/green]" if finding.is_good else "[red]bad[/red]"
            out.print(f"{mark} [bold]{finding.subject}[/bold] ", end="")
            out.print(finding.text, markup=False)
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    try:
        settings = Settings.load()
    except HybridSearchError as error:
        yield Finding("settings", is_good=False, text=str(error))
        return
    unknown = unknown_variables()
    yield Finding("settings", not unknown, "; ".join(unknown) or "every variable is known")
    yield _checked("profile", lambda: f"{open_profile(settings).name!r} can be used")
    yield _checked("mappings", lambda: str(mappings_folder(settings)))
    try:
        engine = open_engine(settings)
    except HybridSearchError as error:
        yield Finding("engine", is_good=False, text=str(error))
        return
    try:
        yield from _engine_findings(engine)
        yield _checked("encoder", lambda: _encoder_text(settings, engine))
    finally:
        engine.close()


def _engine_findings(engine: SearchEngine) -> Iterator[Finding]:
    try:
        health = engine.health()
    except HybridSearchError as error:
        yield Finding("engine", is_good=False, text=str(error))
        return
    license_text = f", {health.license} licence" if health.license else ""
    text = "; ".join(health.problems) or f"{health.server}{license_text}"
    yield Finding("engine", not health.problems, text)
    yield _checked("index", lambda: _index_text(engine))


def _index_text(engine: SearchEngine) -> str:
    live = engine.live_generation()
    fields = ", ".join(f"{one.name} ({one.index_type})" for one in live.vector_fields) or "none"
    return f"{live.name}: {engine.count(live.name)} products, vectors: {fields}"


def _encoder_text(settings: Settings, engine: SearchEngine) -> str:
    encoder = open_encoder(settings)
    if encoder is None:
        return "none is set: search is lexical; set HYBRID_SEARCH_TEXT_ENCODER for meaning"
    identity = encoder.identity
    encoders = QueryEncoders({TEXT_VECTOR: encoder}, deadline_ms=settings.deadline_ms)
    encoders.check(engine.live_generation())
    encoders.close()
    return f"{identity.name}: {identity.dimension} dimensions, as the index was made"


def _checked(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, is_good=True, text=check())
    except HybridSearchError as error:
        return Finding(subject, is_good=False, text=str(error))
