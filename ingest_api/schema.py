"""CONTRACT: the two kinds of row that leave the collector, their closed reasons, and an event's identity.

Both structs travel through the spool as MessagePack maps; ``arrow.py`` gives them their Parquet types.
Instants are integers: microseconds since 1970, UTC. JSON columns hold the sender's own text, so numbers keep
every digit.
"""

import hashlib
import struct
from enum import StrEnum

import msgspec

SCHEMA_VERSION = 1
CALL_TYPES = ("track", "page", "screen", "identify", "group", "alias")
MAX_CLIENT_MS = 1 << 48
_BITS = struct.Struct(">QH")  # the first 80 of a hash, of which 74 are taken
_UUID = struct.Struct(">QQ")
_LOW_52 = (1 << 52) - 1


class RejectReason(StrEnum):
    """Why an event was refused. Closed: the collector knows no other reason."""

    INVALID_JSON = "invalid_json"
    NOT_FINITE = "not_finite_number"
    NUMBER_TOO_LARGE = "number_too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY_KEYS = "too_many_keys"
    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_TYPE = "unknown_type"
    MISSING_NAME = "missing_event_name"
    MISSING_IDENTITY = "missing_identity"
    MISSING_FIELD = "missing_field"
    INVALID_ID = "invalid_id"
    INVALID_FIELD = "invalid_field"
    OFF_PLAN = "off_plan"
    TOO_LARGE = "too_large"
    UNREADABLE_BODY = "unreadable_body"
    UNPUBLISHABLE = "unpublishable"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="event", omit_defaults=True):
    """One accepted call of a client: one row of ``events`` (or ``duplicates``)."""

    event_id: bytes
    message_id: str
    source: str
    type: str
    received_at: int
    occurred_at: int
    occurred_from: str
    event_name: str | None = None
    category: str | None = None
    client_at: int | None = None
    sent_at: int | None = None
    device_id: str | None = None
    device_is_new: bool = False
    withdrawn_device_id: str | None = None
    anonymous_id: str | None = None
    user_id: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    ga_client_id: str | None = None
    ga_sessions: str | None = None
    ga_fpid: str | None = None
    wallets: list[str] | None = None
    consent: str | None = None
    consent_categories: str | None = None
    page_url: str | None = None
    page_path: str | None = None
    page_title: str | None = None
    page_referrer: str | None = None
    user_agent: str | None = None
    ip: str | None = None
    origin: str | None = None
    dialect: str = "segment"
    properties: str | None = None
    traits: str | None = None
    context: str | None = None
    scrubbed: int | None = None
    off_plan: str | None = None
    replayed_from: str | None = None


class Rejected(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="rejected", omit_defaults=True):
    """One refused event: the reason, the size-limited original, and where it came from."""

    reason: str
    source: str
    received_at: int
    detail: str | None = None
    message_id: str | None = None
    sent_at: int | None = None
    device_id: str | None = None
    device_is_new: bool = False
    ga_client_id: str | None = None
    ga_sessions: str | None = None
    ga_fpid: str | None = None
    original: str | None = None
    original_bytes: int = 0
    scrubbed: int | None = None
    path: str | None = None
    ip: str | None = None
    origin: str | None = None
    user_agent: str | None = None
    dialect: str = "segment"


def make_event_id(source: str, message_id: str, client_ms: int) -> bytes:
    """Return the 16 bytes of an event's UUIDv8: 48 bits of the client's clock, 74 bits of SHA-256.

    The hash is over source, NUL, message_id as stored. Equal for every copy of a message, sorted by client
    time, and frozen by golden vectors in the tests: a change would turn known messages into new ones.
    ``client_ms`` outside [0, 2^48) counts as 0. Layout: RFC 9562, section 5.8.
    """
    ms = client_ms if 0 <= client_ms < MAX_CLIENT_MS else 0
    first, rest = _BITS.unpack_from(hashlib.sha256(f"{source}\0{message_id}".encode()).digest())
    return _UUID.pack(ms << 16 | 0x8000 | first >> 52, 0b10 << 62 | (first & _LOW_52) << 10 | rest >> 6)
