"""Category paths: how a place in the shop's tree is written, filtered and compared."""

from collections.abc import Sequence

SEPARATOR = " > "


def category_path(names: Sequence[str]) -> str:
    """Return the path as one text, root first: `Women > Dresses`."""
    return SEPARATOR.join(names)


def ancestor_paths(names: Sequence[str]) -> tuple[str, ...]:
    """Return the path of every level, root first and the category itself last.

    A product indexed with all of them is found, and counted, under each of its ancestors.
    """
    return tuple(category_path(names[: depth + 1]) for depth in range(len(names)))
