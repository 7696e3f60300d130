"""Rules of user properties; they concern the whole request, so ENFORCE refuses all of its events.

https://developers.google.com/analytics/devguides/collection/protocol/ga4/user-properties, read 2026-09-25.
The wordings are ours.
"""

from collections.abc import Iterator
from typing import Any

from tracking_pipeline.standin.findings import Finding
from tracking_pipeline.standin.limits import (
    MAX_AGE_US,
    MAX_USER_PROPERTIES,
    MAX_USER_PROPERTY_NAME_CHARS,
    MAX_USER_PROPERTY_VALUE_CHARS,
    NAME,
    RESERVED_USER_PROPERTIES,
    RESERVED_USER_PROPERTY_PREFIXES,
)
from tracking_pipeline.standin.payload import Code, Payload


def check_user_properties(payload: Payload, now: int) -> Iterator[Finding]:
    """Find what is wrong with the request's user properties."""
    if (count := len(payload.user_properties)) > MAX_USER_PROPERTIES:
        text = f"Measurement has [{count}] user properties. At most [{MAX_USER_PROPERTIES}] are kept."
        yield Finding("enforced", "EXCEEDED_MAX_ENTITIES", text, "user_properties")
    for name, user_property in payload.user_properties.items():
        path = f"user_properties.{name[:100]}"
        for code, text in (*_name_faults(name), *_value_faults(user_property.value)):
            yield Finding("enforced", code, f"{path}: {text}", path)
        sent_at = user_property.timestamp_micros or payload.timestamp_micros or now
        if sent_at < now - MAX_AGE_US:
            yield Finding("enforced", "VALUE_INVALID", f"{path}: set more than [72h] ago.", path)


def _name_faults(name: str) -> Iterator[tuple[Code, str]]:
    if name in RESERVED_USER_PROPERTIES or name.startswith(RESERVED_USER_PROPERTY_PREFIXES):
        yield "NAME_RESERVED", "the user property name is reserved."
    elif not NAME.fullmatch(name) or len(name) > MAX_USER_PROPERTY_NAME_CHARS:
        limit = MAX_USER_PROPERTY_NAME_CHARS
        yield "NAME_INVALID", f"not letters, digits and underscores, at most [{limit}], letter first."


def _value_faults(value: Any) -> Iterator[tuple[Code, str]]:
    if value is None:
        yield "VALUE_REQUIRED", "the user property has no value."
    elif not isinstance(value, str | int | float):
        yield "VALUE_INVALID", "the value has to be a string or a number."
    elif len(str(value)) > MAX_USER_PROPERTY_VALUE_CHARS:
        yield "VALUE_OUT_OF_BOUNDS", f"the value has more than [{MAX_USER_PROPERTY_VALUE_CHARS}] characters."
