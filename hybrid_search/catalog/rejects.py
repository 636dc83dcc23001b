"""Bad lines of a catalogue: counting them, and the file that keeps them."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from hybrid_search.errors import CatalogError

MAX_FIRST = 5


@dataclass(frozen=True, slots=True)
class Reject:
    r"""A line that did not become a product.

    Attributes:
        line: its number in the file, from 1; the first one of a record of several lines. None
            for a product that was read well and refused later.
        raw: what was read; bytes that are not UTF-8 are written like `\xff`.
        product_id: the id of the product it would have been, if that could be read.
    """

    line: int | None
    reason: str
    raw: str
    product_id: str | None = None

    def __str__(self) -> str:
        place = f"product {self.product_id}" if self.line is None else f"line {self.line}"
        return f"{place}: {self.reason}"


class Rejects:
    """Counts bad lines and remembers the first ones.

    Attributes:
        count: bad lines so far.
        first: the first `MAX_FIRST` of them.
    """

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Reject] = []

    def add(self, reject: Reject) -> None:
        """Take note of a bad line."""
        self.count += 1
        if len(self.first) < MAX_FIRST:
            self.first.append(reject)

    def is_written_to(self, path: Path) -> bool:
        """Return whether `path` is the file that bad lines are written to."""
        del path
        return False


class RejectsFile(Rejects):
    """Writes bad lines to a file as JSON, one object a line; a context manager.

    The file is created, or replaced, only when the first bad line comes. Each object has
    `line`, `id` (or null), `reason` and `record`, the raw text.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._file: TextIO | None = None

    def add(self, reject: Reject) -> None:
        """Write a bad line.

        Raises:
            CatalogError: the file cannot be written.
        """
        super().add(reject)
        entry = {
            "line": reject.line,
            "id": reject.product_id,
            "reason": reject.reason,
            "record": reject.raw,
        }
        try:
            if self._file is None:
                # Half a surrogate pair becomes the JSON escape that it came from.
                self._file = self.path.open("w", encoding="utf-8", errors="backslashreplace")
            self._file.write(f"{json.dumps(entry, ensure_ascii=False)}\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def is_written_to(self, path: Path) -> bool:
        """Return whether `path` is the file that bad lines are written to."""
        try:
            return self.path.samefile(path)
        except OSError:
            return False

    def close(self) -> None:
        """Finish the file; a later bad line would begin it anew."""
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _unwritable(self, error: OSError) -> CatalogError:
        return CatalogError(
            f"cannot write rejected lines to {self.path}: {error.strerror or error}; "
            "name another rejects file"
        )
