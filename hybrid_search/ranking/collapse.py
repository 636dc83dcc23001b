"""Collapsing variants: one product a style."""

from collections.abc import Hashable, Sequence


def collapse_variants(group_ids: Sequence[Hashable]) -> list[int]:
    """Return the position of the first product of each group, in order."""
    seen: set[Hashable] = set()
    heads: list[int] = []
    for position, group_id in enumerate(group_ids):
        if group_id not in seen:
            seen.add(group_id)
            heads.append(position)
    return heads
