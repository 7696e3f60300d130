"""catalogue.json → ``Catalogue``, once per process. The only file that opens it."""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ingest_api.catalogue.model import Catalogue, Dedupe, EventPlan, Kind, Param, Privacy

PATH = Path(__file__).with_name("catalogue.json")


@functools.cache
def catalogue() -> Catalogue:
    """Return the catalogue that is shipped. Raises ValueError naming the entry that is wrong."""
    return parse(PATH.read_text(encoding="utf-8"))


def parse(text: str) -> Catalogue:
    """Read a catalogue. Raises ValueError naming the entry that is wrong."""
    plain = json.loads(text, object_pairs_hook=_object)
    params = {name: _named(_param, name, entry) for name, entry in plain["params"].items()}
    events = {name: _named(_event, name, entry) for name, entry in plain["events"].items()}
    found = Catalogue(plain["version"], params, events, tuple(plain["common"]))
    _check(found)
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; an entry that stands there twice would lose one of the two without a word."""
    _refuse_twice("entry", (key for key, _ in pairs))
    return dict(pairs)


def _named(make: Any, name: str, entry: Mapping[str, Any]) -> Any:
    try:
        return make(name, dict(entry))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None


def _param(name: str, entry: dict[str, Any]) -> Param:
    return Param(
        name=name,
        kind=Kind(entry.pop("type")),
        privacy=Privacy(entry.pop("privacy")),
        ga4=entry.pop("ga4", name),
        values=frozenset(entry.pop("values", ())),
        jumper=tuple(entry.pop("jumper", ())),
        **entry,
    )


def _event(name: str, entry: dict[str, Any]) -> EventPlan:
    lists: dict[str, Any] = {key: tuple(entry.pop(key, ())) for key in ("params", "by", "widget", "jumper")}
    return EventPlan(name=name, ga4=entry.pop("ga4", name), dedupe=Dedupe(entry.pop("dedupe")), **lists, **entry)


def _check(found: Catalogue) -> None:
    """References lead somewhere, and no name of the widget or of the site means two things."""
    for event in found.events.values():
        for name in (*event.params, *event.by):
            if name not in found.params:
                raise ValueError(f"{event.name}: the parameter {name} is not described")
        _refuse_twice(event.name, event.params)
        if (event.dedupe is Dedupe.PER) != bool(event.by):
            raise ValueError(f"{event.name}: `by` goes with dedupe `per`, and only with it")
    if unknown := set(found.common) - set(found.params):
        raise ValueError(f"common: {', '.join(sorted(unknown))} is not described")
    _refuse_twice("widget", (name for event in found.events.values() for name in event.widget))
    _refuse_twice("jumper", (name for event in found.events.values() for name in event.jumper))
    _refuse_twice("jumper", (name for param in found.params.values() for name in param.jumper))
    _refuse_twice("GA4 name of events", (event.ga4 for event in found.events.values()))
    _refuse_twice("GA4 name of parameters", (param.ga4 for param in found.params.values()))


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{what}: {', '.join(twice)} stands there twice")
