"""The generation that a request is about: the live one, or a former one that it goes on with."""

from hybrid_search.catalog.texts import shown
from hybrid_search.engines.port import Generation, SearchEngine
from hybrid_search.errors import ExpiredError


def kept_generation(engine: SearchEngine, name: str | None, *, remedy: str) -> Generation:
    """Return the generation of that name as long as it is kept, or the live one without a name.

    Args:
        engine: holds the generations.
        name: of the generation that a former answer came from.
        remedy: what to do when it is gone, such as "start without a cursor".

    Raises:
        ExpiredError: the generation is gone.
        IndexMissingError: nothing is live.
    """
    live = engine.live_generation()
    if name is None or name == live.name:
        return live
    for kept in engine.generations():
        if kept.name == name:
            return kept
    raise ExpiredError(f"index {shown(name)} is gone; {remedy}")
