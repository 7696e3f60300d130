"""What GA4 would do to the names of a tracking plan. Pure functions.

A plan is ``{"events": {name: {"params": [name, …]}}}``; an event and a parameter may have another name at GA4
(``ga4``), and ``{"params": {name: {"privacy": …}}}`` says what never leaves. The catalogue is one. Segment's e-commerce
events leave under GA4's names.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tracking_pipeline.delivery.ga4 import ecommerce, names
from tracking_pipeline.lint.positions import positions
from tracking_pipeline.lint.problem import Lines, Problem
from tracking_pipeline.protocol.findings import Place
from tracking_pipeline.protocol.judge import event_name_fault
from tracking_pipeline.protocol.limits import MAX_PARAMS
from tracking_pipeline.protocol.params import param_name_fault

OURS = 2  # session_id and engagement_time_msec
STAYS = ("personal", "never")  # privacy classes that no destination gets


def check_plan(text: str, start: int, plan: dict[str, Any], lines: Lines) -> list[Problem]:
    """Return what is wrong with a plan that begins at ``start`` of a file's text, whose lines are given."""
    places = positions(text, start)
    found = list(_events(plan["events"]))
    for name, entry in plan["events"].items():
        found += _params(plan, name, entry)
    twice = [lines.problem(at, "name_twice", f"[{name[:100]}] is there more than once.") for name, at in places.again]
    return twice + [lines.problem(places.find(place), rule_id, message) for rule_id, message, place in found]


Fault = tuple[str, str, Place]  # rule id, what is wrong, where


def _events(events: dict[str, Any]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name, entry in events.items():
        sent = _ga4(name, entry)
        spec = ecommerce.form_of(sent)
        safe = spec.name if spec else names.event_name(sent)
        if spec is None and (fault := event_name_fault(sent)):
            rule_id, text = fault
            yield rule_id, f"{text} {_becomes(safe)}", ("events", name)
        if safe in seen:
            yield "same_name", f"[{seen[safe]}] and [{name}] both become [{safe}].", ("events", name)
        elif safe:
            seen[safe] = name


def _params(plan: dict[str, Any], event: str, entry: Any) -> Iterator[Fault]:
    described = plan.get("params")
    described = described if isinstance(described, dict) else {}
    listed = entry.get("params") if isinstance(entry, dict) else entry
    at: Place = ("events", event) if entry is listed else ("events", event, "params")
    yield from _unreadable(listed, at)
    seen: dict[str, str] = {}
    for step, name in _members(listed):
        about = described.get(name, {})
        if isinstance(about, dict) and about.get("privacy") in STAYS:
            continue
        place: Place = (*at, step)
        sent = _ga4(name, about)
        safe = names.param_name(sent)
        if fault := param_name_fault(sent):
            yield fault[0], f"[{sent[:100]}]: {fault[1]} {_becomes(safe)}", place
        if safe in seen:
            yield "same_name", f"[{seen[safe]}] and [{name}] both become [{safe}].", place
        elif safe:
            seen[safe] = name
    if len(seen) > MAX_PARAMS - OURS:
        text = f"[{event[:100]}] has [{len(seen)}] parameters of its own; [{MAX_PARAMS - OURS}] fit."
        yield "plan_room", text, ("events", event)


def _members(listed: Any) -> Iterable[tuple[str | int, str]]:
    """Return each parameter with its step in the place: a list's number, an object's name."""
    if isinstance(listed, dict):
        return [(name, name) for name in listed]
    found = [(number, _name(each)) for number, each in enumerate(listed)] if isinstance(listed, list) else []
    return [(number, name) for number, name in found if name is not None]


def _name(listed: Any) -> str | None:
    """Return the name that an element of a list gives: text, or an object's ``name``."""
    name = listed.get("name") if isinstance(listed, dict) else listed
    return name if isinstance(name, str) else None


def _unreadable(listed: Any, at: Place) -> Iterator[Fault]:
    """Find what names no parameter: it must not pass as if it were judged."""
    if not isinstance(listed, list | dict | None):
        yield "body", "Parameters are a list of names or an object by name.", at
    for number, each in enumerate(listed) if isinstance(listed, list) else ():
        if _name(each) is None:
            yield "body", "A parameter is a name, or an object with one.", (*at, number)


def _ga4(name: str, entry: Any) -> str:
    other = entry.get("ga4") if isinstance(entry, dict) else None
    return other if isinstance(other, str) else name


def _becomes(safe: str | None) -> str:
    return f"It would leave as [{safe}]." if safe else "It would not leave."
