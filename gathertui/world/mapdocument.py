"""The TOML of a map file, read key by key.

`Table` hands out typed values and, for whatever doesn't fit, raises `MapError`
with the key's path: TOML parsers give no positions for values. Positions are
there for what people get wrong most, syntax and the grid (`parse_toml`,
`grid_line`).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator
from difflib import get_close_matches

from gathertui.errors import MapError

MAX_BYTES = 500_000
MAX_TITLE = 60
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

_SYNTAX_POSITION = re.compile(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)
_GRID_KEY = re.compile(r"""\s*grid\s*=\s*('''|\"\"\")""")


def parse_toml(data: bytes) -> tuple[str, dict[str, object]]:
    """The file's text, with line ends as `\\n`, and what TOML makes of it.

    Raises `MapError` for a file that is too large, is not UTF-8 or is not TOML.
    """
    if len(data) > MAX_BYTES:
        raise MapError(f"the map has {len(data):,} bytes; at most {MAX_BYTES:,} are allowed.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise MapError("this byte is not UTF-8 text.", "Save the map as UTF-8.", line=line, column=column) from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), text) from None
    except (RecursionError, ValueError):
        raise MapError("the file nests its values too deeply or holds a number that is far too long.") from None


def _syntax_error(message: str, text: str) -> MapError:
    found = _SYNTAX_POSITION.fullmatch(message)
    if found:
        return MapError(f"{found[1]}.", line=int(found[2]), column=int(found[3]))
    lines = text.split("\n")
    what = message.removesuffix(" (at end of document)")
    return MapError(f"{what}, and the file ends here.", line=len(lines), column=len(lines[-1]) + 1)


def grid_line(text: str, rows: list[str]) -> int:
    """The line of the file, from 1, that holds the first of the grid's `rows`.

    Raises `MapError` when the file's lines are not the rows as they are, because
    the grid shares a line with its quotes or is written with escapes.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if _GRID_KEY.fullmatch(line.rstrip()) and lines[number : number + len(rows)] == rows:
            return number + 1
    raise MapError(
        "grid: the drawing must stand on lines of its own.",
        "Write grid = ''' on one line, the rows below it, and ''' on a line after them; use no backslashes.",
    )


class Table:
    """One TOML table and its `path` in the file, read with checks."""

    def __init__(self, values: dict[str, object], path: str = "") -> None:
        self._values = values
        self.path = path

    def at(self, key: str) -> str:
        """The path of `key`, for messages."""
        if not re.fullmatch(r"[A-Za-z0-9_-]+", key):
            key = f"'{key}'" if key.isprintable() else repr(key)
        return f"{self.path}.{key}" if self.path else key

    def allow(self, *keys: str) -> None:
        """Refuse every key but these, naming the nearest."""
        for key in self._values:
            if key not in keys:
                what = f"in [{self.path}]" if self.path else "in a map file"
                raise MapError(f"{self.at(key)}: there is no such key {what}.", nearest(key, keys))

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def items(self) -> Iterator[tuple[str, object]]:
        """Keys and values as TOML gave them, in the file's order."""
        return iter(self._values.items())

    def text(self, key: str, default: str | None = None) -> str:
        """A string of any shape; `default` None means that the key must be there."""
        value = self._values.get(key, default)
        if value is None:
            raise MapError(f"{self.at(key)}: this key is missing.")
        if not isinstance(value, str):
            raise MapError(f"{self.at(key)}: a string is wanted here, in quotes.")
        return value

    def title(self, key: str, default: str | None = None) -> str:
        """A line of text for people: 1 to `MAX_TITLE` characters, all of them visible."""
        value = self.text(key, default).strip()
        if not 1 <= len(value) <= MAX_TITLE:
            raise MapError(f"{self.at(key)}: a title has 1 to {MAX_TITLE} characters.")
        if any(unicodedata.category(character)[0] == "C" for character in value):
            raise MapError(f"{self.at(key)}: a title holds no control or invisible characters.")
        return value

    def glyph(self, key: str) -> str:
        """One character to draw with."""
        value = self.text(key)
        check_glyph(value, self.at(key))
        return value

    def choice(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        """One of `choices`."""
        value = self.text(key, default)
        if value not in choices:
            raise MapError(f"{self.at(key)}: there is no {value!r} to choose.", nearest(value, choices))
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            raise MapError(f"{self.at(key)}: write true or false here, without quotes.")
        return value

    def names(self, key: str, most: int) -> tuple[str, ...]:
        """A list of up to `most` names; none when the key is missing."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or len(value) > most:
            raise MapError(f"{self.at(key)}: a list of at most {most} names is wanted here.")
        for index, name in enumerate(value):
            check_name(name, f"{self.at(key)}[{index}]")
        return tuple(value)

    def numbers(self, key: str) -> list[list[int]]:
        """A list of lists of whole numbers; none when the key is missing."""
        value = self._values.get(key, [])
        if not isinstance(value, list):
            raise MapError(f"{self.at(key)}: a list is wanted here, such as [[2, 3, 10, 5]].")
        for index, row in enumerate(value):
            # bool is an int to Python and never a number to the author of a map.
            if not isinstance(row, list) or any(type(number) is not int for number in row):
                raise MapError(f"{self.at(key)}[{index}]: a list of whole numbers is wanted here.")
        return value

    def table(self, key: str, most: int) -> Table:
        """The table under `key`, with up to `most` entries; empty when the key is missing."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise MapError(f"{self.at(key)}: a table is wanted here, [{self.at(key)}].")
        if len(value) > most:
            raise MapError(f"{self.at(key)}: {len(value)} entries; at most {most} are allowed.")
        return Table(value, self.at(key))

    def named_tables(self) -> Iterator[tuple[str, Table]]:
        """The entries of a table of tables, by name."""
        for name, value in self._values.items():
            check_name(name, self.at(name))
            if not isinstance(value, dict):
                raise MapError(f"{self.at(name)}: a table is wanted here, [{self.at(name)}].")
            yield name, Table(value, self.at(name))


def check_glyph(value: str, path: str) -> None:
    """Raise unless `value` is one character that can be drawn in a grid."""
    if len(value) != 1 or not value.isprintable():
        raise MapError(f"{path}: a glyph is exactly one visible character or a space, not {value!r}.")


def check_name(value: object, path: str) -> None:
    """Raise unless `value` is fit to be a name."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise MapError(f"{path}: a name has 1 to 32 lower-case letters, digits and dashes.")


def nearest(word: str, known: Collection[str]) -> str:
    """A hint that names the known word most like `word`, or all of them."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(sorted(known))}."
