"""Objects that hold what a forked child must not use: connections, threads, locks."""

import os
import weakref
from collections.abc import Callable


def when_forked(method: Callable[[], None]) -> None:
    """Call a method in every child that is forked, first of all, as long as its object lives."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        living = reference()
        if living is not None:
            living()

    os.register_at_fork(after_in_child=call)
