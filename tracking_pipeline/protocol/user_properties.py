"""Rules of user properties; they concern the whole request, so ENFORCE refuses all of its events.

https://developers.google.com/analytics/devguides/collection/protocol/ga4/user-properties, read 2026-09-25.
The wordings are ours.
"""

from collections.abc import Iterator
from typing import Any

from tracking_pipeline.protocol.findings import Finding
from tracking_pipeline.protocol.limits import (
    MAX_AGE_HOURS,
    MAX_AGE_US,
    MAX_USER_PROPERTIES,
    MAX_USER_PROPERTY_NAME_CHARS,
    MAX_USER_PROPERTY_VALUE_CHARS,
    NAME,
    RESERVED_USER_PROPERTIES,
    RESERVED_USER_PROPERTY_PREFIXES,
)
from tracking_pipeline.protocol.payload import Payload


def check_user_properties(payload: Payload, now: int) -> Iterator[Finding]:
    """Find what is wrong with the request's user properties."""
    if (count := len(payload.user_properties)) > MAX_USER_PROPERTIES:
        text = f"Measurement has [{count}] user properties. At most [{MAX_USER_PROPERTIES}] are kept."
        yield Finding("user_properties_max", text, "user_properties", place=("user_properties",))
    for name, user_property in payload.user_properties.items():
        path = f"user_properties.{name[:100]}"
        place = ("user_properties", name)
        for rule_id, text in (*_name_faults(name), *_value_faults(user_property.value)):
            yield Finding(rule_id, f"{path}: {text}", path, place=place)
        sent_at = user_property.timestamp_micros or payload.timestamp_micros or now
        if sent_at < now - MAX_AGE_US:
            yield Finding("user_property_age", f"{path}: set more than [{MAX_AGE_HOURS}h] ago.", path, place=place)


def _name_faults(name: str) -> Iterator[tuple[str, str]]:
    if name in RESERVED_USER_PROPERTIES or name.startswith(RESERVED_USER_PROPERTY_PREFIXES):
        yield "user_property_reserved", "the user property name is reserved."
    elif not NAME.fullmatch(name) or len(name) > MAX_USER_PROPERTY_NAME_CHARS:
        limit = MAX_USER_PROPERTY_NAME_CHARS
        yield "user_property_name", f"not letters, digits and underscores, at most [{limit}], letter first."


def _value_faults(value: Any) -> Iterator[tuple[str, str]]:
    if value is None:
        yield "user_property_missing", "the user property has no value."
    elif not isinstance(value, str | int | float):
        yield "user_property_value", "the value has to be a string or a number."
    elif len(str(value)) > MAX_USER_PROPERTY_VALUE_CHARS:
        yield "user_property_length", f"the value has more than [{MAX_USER_PROPERTY_VALUE_CHARS}] characters."
