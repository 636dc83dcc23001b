"""Text that every tokenizer accepts."""


def well_formed(text: str) -> str:
    """Return the text with lone surrogates, which no tokenizer accepts, replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
