"""How a CSV file is written: its encoding, its delimiter, its line ends.

CSV is a habit, not a format. The delimiter is one of comma, semicolon, tab and bar; the text
is UTF-8, with or without a byte-order mark; lines end as on Linux or as on Windows. A first
line ``sep=;`` is no row: it tells Excel the delimiter, and us. All of that is found out here
from the bytes alone, so that nobody has to say it, and it is kept, so that what is written
looks like what was read. Bytes that are no text at all (a workbook, a compressed file) are
named for what they are.
"""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from globular.errors import TableError
from globular.tables.source import Source

DELIMITERS = (",", ";", "\t", "|")

PREAMBLE = re.compile(r'"?sep=([,;\t|])"?[ ,;\t|]*(?:\r\n|\n|\r|\Z)', re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+(?:[eE][-+]?\d+)?\s*")

SAMPLE_CHARACTERS = 1 << 16
SAMPLE_RECORDS = 100
LONGEST_LINE = 1 << 26

# First bytes of what people pass by mistake, what it is, and what to do instead.
SIGNATURES = (
    (b"\x1f\x8b", "is compressed (gzip)", "unpack it first, for example with gunzip"),
    (b"\x28\xb5\x2f\xfd", "is compressed (zstd)", "unpack it first, for example with unzstd"),
    (b"PK\x03\x04", "is a workbook or a zip archive", "save the sheet as CSV"),
    (b"PAR1", "is a Parquet file", "convert it to CSV"),
    (b"\x93NUMPY", "is a NumPy array file", "convert it to CSV"),
    (b"\xff\xfe", "is UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16 text", "save it as UTF-8"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file is written; the same values write its labelled copy."""

    delimiter: str
    newline: str  # what ends a line: "\n", "\r\n" or "\r"
    bom: bool  # a byte-order mark in front, as Excel writes and wants it
    preamble: str = ""  # the line sep=; with its end, if the file begins with one


def texts(source: Source) -> Iterator[str]:
    """The text of a file, without the byte-order mark, in pieces of whole lines.

    TableError for what is no text. A piece holds about ``source.CHUNK`` characters, more if one line does.
    """
    for signature, is_what, remedy in SIGNATURES:
        if source.start.startswith(signature):
            raise TableError(f"{source.name} {is_what}, not CSV text; {remedy}")
    line, at_start = 1, True
    for data in _whole_lines(source):
        if (at := data.find(b"\0")) >= 0:
            at_line = line + data.count(b"\n", 0, at)
            raise TableError(
                f"{source.name}: line {at_line} holds a zero byte, so this is a binary file; pass CSV text"
            )
        try:
            text = data.removeprefix(BOM_UTF8).decode() if at_start else data.decode()
        except UnicodeDecodeError as error:
            at = error.start + (len(BOM_UTF8) if at_start and data.startswith(BOM_UTF8) else 0)
            at_line = line + data.count(b"\n", 0, at)
            raise TableError(
                f"{source.name}: line {at_line} is not UTF-8 text (byte 0x{data[at]:02x}); save the file as "
                "UTF-8, for example with iconv -f latin1 -t utf-8"
            ) from None
        line, at_start = line + data.count(b"\n"), False
        if text:
            yield text


def _whole_lines(source: Source) -> Iterator[bytes]:
    """The bytes of a source, cut only behind line ends, which never stand inside a character."""
    pending: list[bytes] = []
    n_pending = 0
    for chunk in source.chunks():
        end = chunk.rfind(b"\n") + 1
        if not end and not pending:
            # Lines may end as on old Macs. The last byte may be half of "\r\n".
            end = chunk.rfind(b"\r", 0, len(chunk) - 1) + 1
        if end:
            yield b"".join([*pending, chunk[:end]])
            pending, n_pending = [], 0
        pending.append(chunk[end:])
        n_pending += len(chunk) - end
        if n_pending > LONGEST_LINE:
            raise TableError(
                f"{source.name} has a line of more than {LONGEST_LINE:,} bytes; is this a table of text?"
            )
    if n_pending:
        yield b"".join(pending)


def sniff(text: str, *, bom: bool) -> Dialect:
    """Find the delimiter and the line end of a text from its first hundred records.

    The delimiter is the one that cuts the most records into as many cells as the first one;
    among equals the one that makes more cells. One that does not cut the first record at all
    is out, so a table of one column keeps the commas, or bars, in its texts. So is a comma that
    only stands inside the numbers of another delimiter: ``1,5;2,5``. A line ``sep=;`` decides.
    """
    declared = PREAMBLE.match(text)
    preamble = declared.group() if declared else ""
    sample = text[len(preamble) : len(preamble) + SAMPLE_CHARACTERS]
    if len(preamble) + len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    best = declared.group(1) if declared else _delimiter(sample)
    return Dialect(best, _line_end(sample), bom, preamble)


def is_decimal_comma(cell: str) -> bool:
    """Whether a cell is a number but for the comma in it: ``1,5``, and ``1,000`` as well."""
    return DECIMAL_COMMA.fullmatch(cell) is not None


def _delimiter(sample: str) -> str:
    records = {delimiter: _sampled(sample, delimiter) for delimiter in DELIMITERS}
    agreement = {delimiter: _agreement(records[delimiter]) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=agreement.__getitem__)
    if best == ",":
        for other in DELIMITERS[1:]:
            if agreement[other][0] >= agreement[best][0] > 0 and _has_decimal_commas(records[other]):
                return other
    return best


def _sampled(sample: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=True)
        records.extend(record for record in islice(reader, SAMPLE_RECORDS) if record)
    except csv.Error as error:
        # Text behind a closing quote: these are the quotes of another delimiter. Any other fault
        # may come from cutting the sample.
        if "expected after" in str(error):
            return []
    return records


def _agreement(records: list[list[str]]) -> tuple[float, int]:
    if not records or len(records[0]) == 1:
        return 0.0, 0
    width = len(records[0])
    return sum(len(record) == width for record in records) / len(records), width


def _has_decimal_commas(records: list[list[str]]) -> bool:
    """Whether commas stand in numbers alone; the first of several records may be names."""
    cells = [cell for record in records[len(records) > 1 :] for cell in record if "," in cell]
    return bool(cells) and all(map(is_decimal_comma, cells))


def _line_end(sample: str) -> str:
    ends = re.search(r"\r\n|\n|\r", re.sub(r'"[^"]*"', "", sample))
    return ends.group() if ends else "\n"
