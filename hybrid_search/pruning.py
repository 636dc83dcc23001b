"""Which generations stay after a reindex: the live one, the one before it, and what is younger."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hybrid_search.engines.port import Generation, SearchEngine
from hybrid_search.errors import HybridSearchError

ABANDONED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What became of older generations.

    Attributes:
        dropped: names of those that were deleted.
        problems: why others could not be; they do no harm but take space.
    """

    dropped: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def live_or_none(engine: SearchEngine) -> Generation | None:
    """Return the live generation, or None before the first one."""
    return next((one for one in engine.generations() if one.is_live), None)


def prune_before(engine: SearchEngine, former: Generation | None, now: datetime) -> Pruned:
    """Delete what is older than `former`, the generation that was live until now.

    What is younger stays, and so does an incomplete one: it may be a job's that still runs. What
    a crashed job left behind goes when it is a day old.
    """
    if former is None:
        return Pruned()
    dropped: list[str] = []
    try:
        for one in engine.generations():
            is_done = one.is_complete or one.created_at < (now - ABANDONED_AFTER).isoformat()
            if is_done and one.created_at < former.created_at and not one.is_live:
                engine.drop(one.name)
                dropped.append(one.name)
    except HybridSearchError as error:
        # The new generation is live by now, so this must not look like a failed job.
        return Pruned(tuple(dropped), (str(error),))
    return Pruned(tuple(dropped))
