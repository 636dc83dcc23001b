"""The bytes of a catalogue file as numbered lines, unpacked where they are packed."""

import codecs
import gzip
import io
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from hybrid_search.errors import CatalogError

PACKED_ENDING = ".gz"

MAX_LINE_BYTES = 16 * 2**20
"""A longer line is cut, so that memory stays bounded whatever the file holds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end.

    Attributes:
        number: from 1.
        is_cut: whether it was longer than `MAX_LINE_BYTES`, and only its start is here.
    """

    number: int
    data: bytes
    is_cut: bool = False


class CatalogFile:
    """A file of lines, packed by gzip when its name ends in `.gz`.

    Attributes:
        bytes_total: size of the file on the disk.
        bytes_read: how far reading is, in bytes on the disk; `bytes_total` at the end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes_read = 0
        try:
            status = path.stat()
        except OSError as error:
            raise self._unreadable(error) from error
        if not stat.S_ISREG(status.st_mode):
            msg = f"{path} is no regular file; name a file with one product a line"
            raise CatalogError(msg)
        self.bytes_total = status.st_size

    @property
    def is_packed(self) -> bool:
        """Whether the name says that the file is packed by gzip."""
        return self.path.suffix.lower() == PACKED_ENDING

    def lines(self) -> Iterator[Line]:
        """Yield the lines, without a byte order mark.

        Raises:
            CatalogError: the file cannot be read, is packed badly or cut off, or is UTF-16;
                the lines before the fault were yielded.
        """
        number = 0
        try:
            with self.path.open("rb") as file, self._unpacked(file) as stream:
                while line := _next_line(stream, number + 1):
                    number = line.number
                    self.bytes_read = file.tell()
                    yield self._without_mark(line) if number == 1 else line
        except EOFError as error:
            raise self._damaged("ends in the middle of its packed data", number) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise self._damaged(f"is not valid gzip ({error})", number) from error
        except OSError as error:
            raise self._unreadable(error) from error
        self.bytes_read = self.bytes_total

    def _unpacked(self, file: io.BufferedReader) -> BinaryIO | gzip.GzipFile:
        return gzip.GzipFile(fileobj=file) if self.is_packed else file

    def _without_mark(self, line: Line) -> Line:
        if line.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            msg = f"{self.path} is UTF-16; save it as UTF-8"
            raise CatalogError(msg)
        return replace(line, data=line.data.removeprefix(codecs.BOM_UTF8))

    def _damaged(self, fault: str, last_line: int) -> CatalogError:
        return CatalogError(
            f"{self.path} {fault}: {last_line} lines could be read, up to byte "
            f"{self.bytes_read} of {self.bytes_total}; copy or export the file again"
        )

    def _unreadable(self, error: OSError) -> CatalogError:
        return CatalogError(
            f"cannot read {self.path}: {error.strerror or error}; check its path and permissions"
        )


def _next_line(stream: BinaryIO | gzip.GzipFile, number: int) -> Line | None:
    data = stream.readline(MAX_LINE_BYTES + 1)
    if len(data) <= MAX_LINE_BYTES:
        return Line(number, data) if data else None
    rest = data
    while rest and not rest.endswith(b"\n"):
        rest = stream.readline(MAX_LINE_BYTES)
    return Line(number, data[:MAX_LINE_BYTES], is_cut=True)
