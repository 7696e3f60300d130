"""Google's rules as one pure function: ``judge``. Used by the stand-in, by the lint and by tests of the delivery.

Order of the checks: query, size, parse, client, user, events, names, time, parameters. Wordings are the
observed ones where one is known (section and event indexes in brackets); the others are ours.
https://developers.google.com/analytics/devguides/collection/protocol/ga4/validating-events, read 2026-09-25.
Where Google is silent, the stricter reading is kept: more than 25 events refuse the whole request; a bad name
refuses only its own event.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from tracking_pipeline.protocol.findings import Finding, Place, Verdict, sent_time
from tracking_pipeline.protocol.limits import (
    APP_INSTANCE_ID_CHARS,
    APP_ONLY_EVENTS,
    CLIENT_ID,
    FPID,
    MAX_AGE_US,
    MAX_EVENTS,
    MAX_NAME_CHARS,
    MAX_USER_ID_CHARS,
    NAME,
    RESERVED_EVENTS,
    WHOLE_COOKIE,
)
from tracking_pipeline.protocol.params import check_params
from tracking_pipeline.protocol.payload import Event, Payload, Unparsable, parse
from tracking_pipeline.protocol.user_data import check_user_data
from tracking_pipeline.protocol.user_properties import check_user_properties

_STEPS = re.compile(r"\[([0-9]{1,9})\]|([^.\[\]]+)")  # of a place: an index or a name


def judge(query: Mapping[str, str], body: bytes, now: int) -> Verdict:
    """Judge one request by its query, its bytes and the time of receipt (microseconds)."""
    web = bool(query.get("measurement_id")) or not query.get("firebase_app_id")
    findings = list(_check_query(query, web))
    try:
        payload = parse(body)
    except Unparsable as error:
        return Verdict(None, (*findings, Finding(error.rule_id, str(error), place=place_of(error.where))), now)
    findings += _check_client(payload) if web else _check_app_instance(payload)
    findings += _check_user(payload)
    findings += _check_count(payload)
    for index, event in enumerate(payload.events):
        findings += _check_name(index, event, web)
        findings += _check_time(index, sent_time(payload, event, now), now)
        findings += check_params(index, event)
    findings += check_user_properties(payload, now)
    findings += check_user_data(msgspec.to_builtins(payload.user_data or {}))
    return Verdict(payload, tuple(findings), now)


def _check_query(query: Mapping[str, str], web: bool) -> Iterator[Finding]:
    required = ("api_secret", "measurement_id") if web else ("api_secret",)
    for name in required:
        if not query.get(name):
            text = f"Unable to find non-empty parameter [{name}] value in request."
            yield Finding("query", text, name)


def _check_client(payload: Payload) -> Iterator[Finding]:
    if not payload.client_id:
        yield Finding("client_id", "Measurement requires a client_id.", "client_id")
    elif not any(form.fullmatch(payload.client_id) for form in (CLIENT_ID, FPID, WHOLE_COOKIE)):
        # RELAXED takes it, but events of such a client were reported never to appear, not even in Realtime.
        text = f"client_id [{payload.client_id[:100]}] has invalid format. It should be in <number>.<number> format."
        yield Finding("client_id_form", text, "client_id", place=("client_id",))


def _check_app_instance(payload: Payload) -> Iterator[Finding]:
    value, path = payload.app_instance_id, "app_instance_id"
    if not value:
        yield Finding("app_instance_id", "Measurement requires an app_instance_id.", path)
    elif len(value) != APP_INSTANCE_ID_CHARS:
        text = (
            f"Measurement app_instance_id is expected to be a {APP_INSTANCE_ID_CHARS} digit hexadecimal "
            f"number but was [{len(value)}] digits."
        )
        yield Finding("app_instance_id", text, path, place=(path,))
    elif wrong := re.search("[^0-9A-Fa-f]", value):
        text = f"Measurement app_instance_id contains non hexadecimal character [{wrong[0]}]."
        yield Finding("app_instance_id", text, path, place=(path,))


def _check_user(payload: Payload) -> Iterator[Finding]:
    if len(payload.user_id) > MAX_USER_ID_CHARS:
        text = f"user_id has more than [{MAX_USER_ID_CHARS}] characters."
        yield Finding("user_id_length", text, "user_id", place=("user_id",))
    if consent := payload.consent:
        for name in ("ad_user_data", "ad_personalization"):
            # gtag writes these in lower case; what the protocol does with that is not documented.
            if getattr(consent, name) not in (None, "GRANTED", "DENIED"):
                text = f"consent.{name} is neither [GRANTED] nor [DENIED]."
                yield Finding("consent", text, f"consent.{name}", place=("consent", name))


def _check_count(payload: Payload) -> Iterator[Finding]:
    count = len(payload.events)
    if count == 0:
        yield Finding("events_none", "Measurement requires at least one event.", "events", place=("events",))
    elif count > MAX_EVENTS:
        text = f"Measurement has [{count}] events. At most [{MAX_EVENTS}] events are allowed."
        yield Finding("events_max", text, "events", place=("events", MAX_EVENTS))


def _check_name(index: int, event: Event, web: bool) -> Iterator[Finding]:
    if found := event_name_fault(event.name, web):
        rule_id, text = found
        yield Finding(rule_id, f"Event at index: [{index}] has {text}", "events", index, ("events", index, "name"))


def event_name_fault(name: str, web: bool = True) -> tuple[str, str] | None:
    """Return the rule that an event's name breaks, and what is wrong with it."""
    invalid = f"invalid name [{name[:100]}]."
    if not re.match("[A-Za-z]", name):
        return "event_name", f"{invalid} Names must start with an alphabetic character."
    if not NAME.fullmatch(name):
        return "event_name", f"{invalid} Only alphanumeric characters and underscores are allowed."
    if name in RESERVED_EVENTS:
        return "event_name_reserved", f"name [{name}] which is reserved."
    if web and name in APP_ONLY_EVENTS:
        return "event_name_app", f"name [{name}] which is reserved."
    if len(name) > MAX_NAME_CHARS:
        return "event_name_length", f"{invalid} Names can have at most [{MAX_NAME_CHARS}] characters."
    return None


def _check_time(index: int, sent_at: int, now: int) -> Iterator[Finding]:
    place = ("events", index, "timestamp_micros")
    if sent_at < now - MAX_AGE_US:
        yield Finding("event_age", _too_old(now), "timestamp_micros", index, place)
    elif sent_at > now:
        text = "timestamp_micros is in the future; what GA4 does with it is not documented."
        yield Finding("event_future", text, "timestamp_micros", index, place)


def _too_old(now: int) -> str:
    return (
        "Measurement timestamp_micros has timestamp too far in the past. Measurement protocol only supports "
        f"timestamps [72h] into the past. The current time in UNIX microseconds is [{now}]."
    )


def place_of(where: str | int | None) -> Place:
    """Turn ``events[0].name`` into its steps; an offset stays a single number."""
    if where is None or isinstance(where, int):
        return () if where is None else (where,)
    return tuple(int(number) if number else name for number, name in _STEPS.findall(where))
