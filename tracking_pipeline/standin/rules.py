"""Google's rules as one pure function: ``judge``. Used for collect and for the validation endpoint alike.

Order of the checks: query, size, parse, client, user, events, names, time, parameters. Wordings are the
observed ones where one is known (section and event indexes in brackets); the others are ours.
https://developers.google.com/analytics/devguides/collection/protocol/ga4/validating-events, read 2026-09-25.
Where Google is silent, the stricter reading is kept: more than 25 events refuse the whole request; a bad name
refuses only its own event.
"""

import re
from collections.abc import Iterator, Mapping

from tracking_pipeline.standin.findings import Finding, Verdict, sent_time
from tracking_pipeline.standin.limits import (
    APP_INSTANCE_ID_CHARS,
    APP_ONLY_EVENTS,
    CLIENT_ID,
    MAX_AGE_US,
    MAX_EVENTS,
    MAX_NAME_CHARS,
    MAX_USER_ID_CHARS,
    RESERVED_EVENTS,
)
from tracking_pipeline.standin.params import check_params
from tracking_pipeline.standin.payload import Event, Payload, Unparsable, parse
from tracking_pipeline.standin.user_properties import check_user_properties


def judge(query: Mapping[str, str], body: bytes, now: int) -> Verdict:
    """Judge one request by its query, its bytes and the time of receipt (microseconds)."""
    web = bool(query.get("measurement_id")) or not query.get("firebase_app_id")
    findings = list(_check_query(query, web))
    try:
        payload = parse(body)
    except Unparsable as error:
        return Verdict(None, (*findings, Finding("malformed", error.code, str(error))), now)
    findings += _check_client(payload) if web else _check_app_instance(payload)
    findings += _check_user(payload)
    findings += _check_count(payload)
    for index, event in enumerate(payload.events):
        findings += _check_name(index, event, web)
        findings += _check_time(index, sent_time(payload, event, now), now)
        findings += check_params(index, event)
    findings += check_user_properties(payload, now)
    return Verdict(payload, tuple(findings), now)


def _check_query(query: Mapping[str, str], web: bool) -> Iterator[Finding]:
    required = ("api_secret", "measurement_id") if web else ("api_secret",)
    for name in required:
        if not query.get(name):
            text = f"Unable to find non-empty parameter [{name}] value in request."
            yield Finding("malformed", "VALUE_REQUIRED", text, name)


def _check_client(payload: Payload) -> Iterator[Finding]:
    if not payload.client_id:
        yield Finding("malformed", "VALUE_REQUIRED", "Measurement requires a client_id.", "client_id")
    elif not CLIENT_ID.fullmatch(payload.client_id):
        # RELAXED takes it, but events of such a client were reported never to appear, not even in Realtime.
        text = f"client_id [{payload.client_id[:100]}] has invalid format. It should be in <number>.<number> format."
        yield Finding("enforced", "VALUE_INVALID", text, "client_id")


def _check_app_instance(payload: Payload) -> Iterator[Finding]:
    value, path = payload.app_instance_id, "app_instance_id"
    if not value:
        yield Finding("malformed", "VALUE_REQUIRED", "Measurement requires an app_instance_id.", path)
    elif len(value) != APP_INSTANCE_ID_CHARS:
        text = (
            f"Measurement app_instance_id is expected to be a {APP_INSTANCE_ID_CHARS} digit hexadecimal "
            f"number but was [{len(value)}] digits."
        )
        yield Finding("malformed", "VALUE_INVALID", text, path)
    elif wrong := re.search("[^0-9A-Fa-f]", value):
        text = f"Measurement app_instance_id contains non hexadecimal character [{wrong[0]}]."
        yield Finding("malformed", "VALUE_INVALID", text, path)


def _check_user(payload: Payload) -> Iterator[Finding]:
    if len(payload.user_id) > MAX_USER_ID_CHARS:
        text = f"user_id has more than [{MAX_USER_ID_CHARS}] characters."
        yield Finding("enforced", "VALUE_OUT_OF_BOUNDS", text, "user_id")
    if consent := payload.consent:
        for name in ("ad_user_data", "ad_personalization"):
            # gtag writes these in lower case; what the protocol does with that is not documented.
            if getattr(consent, name) not in (None, "GRANTED", "DENIED"):
                text = f"consent.{name} is neither [GRANTED] nor [DENIED]."
                yield Finding("enforced", "VALUE_INVALID", text, f"consent.{name}")


def _check_count(payload: Payload) -> Iterator[Finding]:
    count = len(payload.events)
    if count == 0:
        yield Finding("malformed", "VALUE_REQUIRED", "Measurement requires at least one event.", "events")
    elif count > MAX_EVENTS:
        text = f"Measurement has [{count}] events. At most [{MAX_EVENTS}] events are allowed."
        yield Finding("malformed", "EXCEEDED_MAX_ENTITIES", text, "events")


def _check_name(index: int, event: Event, web: bool) -> Iterator[Finding]:
    name, prefix = event.name, f"Event at index: [{index}] has"
    invalid = f"{prefix} invalid name [{name[:100]}]."
    if not re.match("[A-Za-z]", name):
        text = f"{invalid} Names must start with an alphabetic character."
        yield Finding("malformed", "NAME_INVALID", text, "events", index)
    elif not re.fullmatch("[A-Za-z0-9_]+", name):
        text = f"{invalid} Only alphanumeric characters and underscores are allowed."
        yield Finding("malformed", "NAME_INVALID", text, "events", index)
    elif name in RESERVED_EVENTS or (web and name in APP_ONLY_EVENTS):
        text = f"{prefix} name [{name}] which is reserved."
        yield Finding("malformed", "NAME_RESERVED", text, "events", index)
    elif len(name) > MAX_NAME_CHARS:
        text = f"{invalid} Names can have at most [{MAX_NAME_CHARS}] characters."
        yield Finding("enforced", "NAME_INVALID", text, "events", index)


def _check_time(index: int, sent_at: int, now: int) -> Iterator[Finding]:
    if sent_at < now - MAX_AGE_US:
        yield Finding("enforced", "VALUE_INVALID", _too_old(now), "timestamp_micros", index)
    elif sent_at > now:
        text = "timestamp_micros is in the future; what GA4 does with it is not documented."
        yield Finding("advice", "VALUE_INVALID", text, "timestamp_micros", index)


def _too_old(now: int) -> str:
    return (
        "Measurement timestamp_micros has timestamp too far in the past. Measurement protocol only supports "
        f"timestamps [72h] into the past. The current time in UNIX microseconds is [{now}]."
    )
