"""What was searched for as it is kept: without e-mail addresses, and as databases take it."""

import re
from typing import Any

MASK = "<email>"

# The limits keep a long text without any address from taking long.
_EMAIL = re.compile(
    r"""[^\s@\uFF20<>()\[\],;:"']{1,64}  # anna.smith
    \s?(?:@|\uFF20|%40)\s?               # also in full width, and as a URL has it
    [^\W_](?:[\w-]{0,62}\.){1,8}         # shop.
    [^\W\d_]{2,63}                       # example
    """,
    re.VERBOSE | re.IGNORECASE,
)


def masked(value: Any) -> Any:
    """Return a JSON value in whose texts every e-mail address is `<email>`."""
    if isinstance(value, str):
        return _EMAIL.sub(MASK, value)
    if isinstance(value, dict):
        return {masked(name): masked(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(one) for one in value]
    return value


def storable(text: str) -> str:
    """Return a text without what PostgreSQL or UTF-8 cannot hold: NUL and halves of surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
