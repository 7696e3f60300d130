"""A file's bytes → its problems: which documents are in it, and what is wrong with each. Pure functions.

A file holds one payload, an array of payloads, one payload a line (JSON lines), or a tracking plan: an object whose
``events`` is an object, as in the catalogue.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracking_pipeline.lint.plans import check_plan
from tracking_pipeline.lint.positions import Positions, positions
from tracking_pipeline.lint.problem import Lines, Problem
from tracking_pipeline.protocol.findings import Finding
from tracking_pipeline.protocol.judge import judge, place_of
from tracking_pipeline.protocol.limits import MAX_BODY_BYTES
from tracking_pipeline.protocol.payload import too_deep

WEB = {"api_secret": "-", "measurement_id": "-"}  # a file has no query; what it would be is not judged
_OF_THE_PART = re.compile(r": line \d+ column \d+ \(char \d+\)")  # counted in one document, not in the file
APP = {"api_secret": "-", "firebase_app_id": "-"}


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value of a file: its text and where it begins; ``value`` is None when it cannot be read, or is null."""

    text: str
    start: int
    value: Any


def check(data: bytes, now_us: int) -> list[Problem]:
    """Return what is wrong in a file, by its place. ``now_us`` is what ages are counted from.

    A payload with an ``app_instance_id`` is taken for an app stream's.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        return [Lines(before).problem(len(before), "body", "not valid UTF-8.")]
    found: list[Problem] = []
    lines = Lines(text)
    for document in _documents(text):
        if isinstance(document.value, dict) and isinstance(document.value.get("events"), dict):
            found += check_plan(text, document.start, document.value, lines)
        else:
            found += _payload_problems(lines, document, now_us)
    return sorted(found, key=lambda each: (each.line, each.column))


def _documents(text: str) -> Iterator[Document]:
    """Split a file: lines when the first or most are whole objects, else one value, an array taken apart."""
    lines = [line for line in _lines(text) if line.text.strip()]
    whole = [line for line in lines if isinstance(line.value, dict)]
    if len(lines) > 1 and whole and (lines[0] is whole[0] or len(whole) > max(1, len(lines) // 2)):
        yield from lines
        return
    value = _load(text)
    if isinstance(value, list) and value:
        places = positions(text).values
        for number, one in enumerate(value):
            start, end = places[(number,)]
            yield Document(text[start:end], start, one)
    else:
        yield Document(text, 0, value)


def _lines(text: str) -> Iterator[Document]:
    start = 0
    for line in text.split("\n"):  # not splitlines: a value may hold U+2028
        yield Document(line, start, _load(line))
        start += len(line) + 1


def _load(text: str) -> Any:
    try:
        value = json.loads(text)
        return None if too_deep(value) else value
    except (ValueError, RecursionError):
        return None


def _payload_problems(lines: Lines, document: Document, now_us: int) -> Iterator[Problem]:
    is_app = isinstance(document.value, dict) and bool({"app_instance_id", "appInstanceId"} & document.value.keys())
    findings = judge(APP if is_app else WEB, _body(document), now_us).findings
    places = positions(document.text) if findings and document.value is not None else None
    for finding in findings:
        text = _OF_THE_PART.sub("", finding.description)
        yield lines.problem(document.start + _offset(document, finding, places), finding.rule_id, text)


def _body(document: Document) -> bytes:
    """Return the bytes to judge; of a text made long by its layout only, those without it."""
    data = document.text.encode()
    if len(data) < MAX_BODY_BYTES or document.value is None:
        return data
    compact = json.dumps(document.value, ensure_ascii=False, separators=(",", ":"))
    return compact.encode("utf-8", "replace")


def _offset(document: Document, finding: Finding, places: Positions | None) -> int:
    """Return where in the document a finding points; its beginning when it points nowhere."""
    if len(finding.place) == 1 and isinstance(finding.place[0], int):
        return finding.place[0]  # a syntax error
    if places is None:
        return len(document.text) - len(document.text.lstrip())
    if finding.rule_id == "name_twice":
        again = (offset for name, offset in places.again if place_of(name) == finding.place)
        return next(again, places.find(finding.place))
    return places.find(finding.place)
