"""`hybrid-search doctor`."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from hybrid_search.bootstrap import (
    check_mappings,
    open_encoder,
    open_engine,
    open_profile,
    open_snapshots,
)
from hybrid_search.building import TEXT_VECTOR
from hybrid_search.cli.terminal import out, print_json
from hybrid_search.engines.port import Generation, Health, SearchEngine
from hybrid_search.errors import (
    EncoderMismatchError,
    HybridSearchError,
    IndexMissingError,
    SettingsError,
)
from hybrid_search.planning import profile_problems
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
    yield _checked("mappings", lambda: str(check_mappings(settings)))
    live: Generation | None = None
    try:
        engine = open_engine(settings)
        try:
            health = engine.health()
            yield _engine_finding(health)
            live = engine.live_generation()
            yield Finding("index", is_good=True, text=_index_text(engine, live))
        finally:
            engine.close()
    except IndexMissingError as error:
        yield Finding("index", is_good=False, text=str(error))
    except HybridSearchError as error:
        yield Finding("engine", is_good=False, text=str(error))
    yield _checked("profile", lambda: _profile_text(settings, live))
    yield _checked("encoder", lambda: _encoder_text(settings, live))
    yield _checked("snapshots", lambda: _snapshots_text(settings))


def _engine_finding(health: Health) -> Finding:
    license_text = f", {health.license} licence" if health.license else ""
    text = "; ".join(health.problems) or f"{health.server}{license_text}"
    return Finding("engine", not health.problems, text)


def _index_text(engine: SearchEngine, live: Generation) -> str:
    fields = ", ".join(
        f"{one.name} ({one.index_type}) by {one.encoder_name}" for one in live.vector_fields
    )
    return f"{live.name}: {engine.count(live.name)} products, vectors: {fields or 'none'}"


def _profile_text(settings: Settings, live: Generation | None) -> str:
    profile = open_profile(settings)
    problems = profile_problems(profile, live) if live is not None else ()
    if problems:
        raise SettingsError("; ".join(problems))
    return f"{profile.name!r} can be used"


def _encoder_text(settings: Settings, live: Generation | None) -> str:
    encoder = open_encoder(settings)
    if encoder is None and live is not None and live.vector_fields:
        made_by = ", ".join(one.encoder_name for one in live.vector_fields)
        msg = (
            f"none is set, but index {live.name!r} has vectors by {made_by}; "
            "set HYBRID_SEARCH_TEXT_ENCODER"
        )
        raise EncoderMismatchError(msg)
    if encoder is None:
        return "none is set: search is lexical; set HYBRID_SEARCH_TEXT_ENCODER for meaning"
    text = f"{encoder.identity.name}: {encoder.identity.dimension} dimensions"
    if live is None:
        return text
    encoders = QueryEncoders({TEXT_VECTOR: encoder}, deadline_ms=settings.deadline_ms)
    try:
        encoders.check(live)
    finally:
        encoders.close()
    if TEXT_VECTOR not in {one.name for one in live.vector_fields}:
        msg = f"index {live.name!r} has no vectors; run `hybrid-search index` to make them"
        raise EncoderMismatchError(msg)
    return f"{text}, as the index was made"


def _snapshots_text(settings: Settings) -> str:
    snapshots = open_snapshots(settings)
    try:
        snapshots.check()
    finally:
        snapshots.close()
    if settings.redis_url is None:
        return "in each process: set HYBRID_SEARCH_REDIS_URL before more than one answers searches"
    return "in Redis, for all processes"


def _checked(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, is_good=True, text=check())
    except HybridSearchError as error:
        return Finding(subject, is_good=False, text=str(error))
