"""Where in a JSON text each value stands: the standard library's reader does not say. Pure functions.

For text that ``json.loads`` accepts; of a name that stands twice, the last place counts, as its value does there.
"""

import re
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # reads one string, escapes included

from tracking_pipeline.protocol.findings import Place

_BLANK = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r"[^\s,\]}]+")  # a number, true, false, null, NaN
_CAMEL = re.compile(r"_([a-z])")


@dataclass(slots=True)
class Positions:
    """Offsets: of each value (start and end) by its place, of its name in an object, of names that came again."""

    values: dict[Place, tuple[int, int]] = field(default_factory=dict)
    names: dict[Place, int] = field(default_factory=dict)
    again: list[tuple[str, int]] = field(default_factory=list)

    def find(self, place: Place) -> int:
        """Return the offset of a member's name or an element; of what holds it where it is not there."""
        while place:
            for spelled in (place, _camel(place)):
                if spelled in self.names:
                    return self.names[spelled]
                if spelled in self.values:
                    return self.values[spelled][0]
            place = place[:-1]
        return self.values[()][0]


def positions(text: str, start: int = 0) -> Positions:
    """Return the positions in the JSON value that begins at ``start``."""
    found = Positions()
    _value(text, _skip(text, start), (), found)
    return found


def _camel(place: Place) -> Place:
    """Spell the protocol's own names in camel case, which GA4 takes too."""
    return tuple(_CAMEL.sub(lambda m: m[1].upper(), step) if isinstance(step, str) else step for step in place)


def _value(text: str, at: int, place: Place, found: Positions) -> int:
    """Note the value at ``at`` and return where it ends."""
    if text[at] == "{":
        end = _object(text, at + 1, place, found)
    elif text[at] == "[":
        end = _array(text, at + 1, place, found)
    elif text[at] == '"':
        _, end = scanstring(text, at + 1, False)
    else:
        match = _PLAIN.match(text, at)
        end = match.end() if match else at + 1
    found.values[place] = at, end
    return end


def _object(text: str, at: int, place: Place, found: Positions) -> int:
    at = _skip(text, at)
    while text[at] != "}":
        name, end = scanstring(text, at + 1, False)
        inner = (*place, name)
        if inner in found.names:
            found.again.append((name, at))
        found.names[inner] = at
        colon = _skip(text, end)
        at = _next(text, _value(text, _skip(text, colon + 1), inner, found))
    return at + 1


def _array(text: str, at: int, place: Place, found: Positions) -> int:
    at = _skip(text, at)
    number = 0
    while text[at] != "]":
        at = _next(text, _value(text, at, (*place, number), found))
        number += 1
    return at + 1


def _next(text: str, end: int) -> int:
    """Go over the blanks and the comma behind a member."""
    at = _skip(text, end)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at
