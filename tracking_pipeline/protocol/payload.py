"""From a request's bytes to a typed payload, as strict as Google's parser is reported to be.

The service reads the body like protobuf JSON: snake and camel names alike, numbers also as strings, null as
absent, and one unknown field makes the whole body unreadable (observed on the validation server,
https://github.com/br33f/php-GA4-Measurement-Protocol and https://github.com/googleanalytics/ga-dev-tools/issues/567).
"""

import json
import re
from typing import Annotated, Any, Literal

import msgspec

from tracking_pipeline.protocol.limits import MAX_BODY_BYTES, MAX_DEPTH

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*?)`(?: - at `\$\.?(.*)`)?", re.DOTALL)
_WRONG_TYPE = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
_CAMEL = re.compile(r"_([a-z])")


class Unparsable(Exception):
    """The whole body is refused; the text is what the validation server would show.

    ``where`` is what is known of the place: a path such as ``events[0].name``, or an offset in characters.
    """

    def __init__(self, rule_id: str, text: str, where: str | int | None = None) -> None:
        super().__init__(f"Unable to parse Measurement Protocol JSON payload. {text}")
        self.rule_id = rule_id
        self.where = where


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event as sent; an absent name is the empty one, as in protobuf."""

    name: str = ""
    params: dict[str, Any] = {}
    timestamp_micros: Int64 | None = None


class UserProperty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of one user property."""

    value: Any = None
    timestamp_micros: Int64 | None = None


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Consent for advertising; there is no key for analytics."""

    ad_user_data: str | None = None
    ad_personalization: str | None = None


class UserLocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the user is, as the sender says."""

    city: str | None = None
    region_id: str | None = None
    country_id: str | None = None
    subcontinent_id: str | None = None
    continent_id: str | None = None


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the user's device is, as the sender says."""

    category: str | None = None
    language: str | None = None
    screen_resolution: str | None = None
    operating_system: str | None = None
    operating_system_version: str | None = None
    model: str | None = None
    brand: str | None = None
    browser: str | None = None
    browser_version: str | None = None


class UserData(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Hashes that tell a user; what is in them ``user_data.py`` judges."""

    sha256_email_address: Any = None
    sha256_phone_number: Any = None
    address: Any = None


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request's body. Of fields that only change reports (device, location) the names and types are read."""

    client_id: str = ""
    app_instance_id: str = ""
    user_id: str = ""
    timestamp_micros: Int64 | None = None
    user_properties: dict[str, UserProperty] = {}
    consent: Consent | None = None
    non_personalized_ads: bool | None = None
    user_location: UserLocation | None = None
    ip_override: str | None = None
    device: Device | None = None
    user_agent: str | None = None
    user_data: UserData | None = None
    validation_behavior: Literal["RELAXED", "ENFORCE_RECOMMENDATIONS"] = "RELAXED"
    events: list[Event] = []

    @property
    def enforced(self) -> bool:
        """Tell whether the sender asked for ENFORCE_RECOMMENDATIONS."""
        return self.validation_behavior == "ENFORCE_RECOMMENDATIONS"


def parse(body: bytes) -> Payload:
    """Read a request's body; raises Unparsable, which refuses all of its events."""
    if len(body) >= MAX_BODY_BYTES:
        raise Unparsable("body_bytes", f"The body has {MAX_BODY_BYTES} bytes or more.")
    try:
        fields = _load(body)
        return msgspec.convert(_snake_case(fields), Payload, strict=False)
    except msgspec.ValidationError as error:
        raise _unlike(str(error)) from None
    except RecursionError:
        raise Unparsable("body", f"Nested deeper than {MAX_DEPTH}.") from None


def _load(body: bytes) -> object:
    try:
        value = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_without_duplicates)
        if too_deep(value):
            raise Unparsable("body", f"Nested deeper than {MAX_DEPTH}.")
        # What JSON text may hold but no store and no protobuf can: half an emoji, NaN, 1e400.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:  # bad JSON, bad UTF-8 and the three above are all ValueError
        reason = "not valid UTF-8" if isinstance(error, UnicodeError) else str(error)
        raise Unparsable("body", f"{reason[:200]}.", getattr(error, "pos", None)) from None
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unparsable("name_twice", f"{twice[:100]}: The field is there more than once.", twice)
    return found


def too_deep(value: object) -> bool:
    """Tell whether a JSON value is nested deeper than is read."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _snake_case(fields: object) -> object:
    """Rename the protocol's own fields; names inside ``params`` and of user properties are the sender's."""
    top = _renamed(fields, Payload)
    if not isinstance(top, dict):
        return top
    if isinstance(events := top.get("events"), list):
        top["events"] = [_renamed(event, Event) for event in events]
    if isinstance(properties := top.get("user_properties"), dict):
        top["user_properties"] = {name: _renamed(each, UserProperty) for name, each in properties.items()}
    inner: dict[str, type[msgspec.Struct]] = {
        "consent": Consent,
        "user_location": UserLocation,
        "device": Device,
        "user_data": UserData,
    }
    top |= {name: _renamed(top[name], kind) for name, kind in inner.items() if name in top}
    return top


def _renamed(value: object, kind: type[msgspec.Struct]) -> object:
    if not isinstance(value, dict):
        return value
    sent: dict[str, object] = value
    snake = {_CAMEL.sub(lambda match: match[1].upper(), name): name for name in kind.__struct_fields__}
    pairs = [(snake.get(name, name), each) for name, each in sent.items() if each is not None]
    return _without_duplicates(pairs)


def _unlike(message: str) -> Unparsable:
    """Word what msgspec says of a body that is JSON and no payload as the service does."""
    if match := _UNKNOWN_FIELD.fullmatch(message):
        parent = match[2] or ""
        path = f"({parent}) " if parent else ""
        place = f"{parent}.{match[1]}" if parent else match[1]
        return Unparsable("unknown_field", f"{path}{match[1]}: Cannot find field.", place)
    if match := _WRONG_TYPE.fullmatch(message):
        return Unparsable("body", f"({match[2]}): {match[1]}.", match[2])
    return Unparsable("body", f"{message}.")
