"""What a request itself says, beside its events: when, whose, from where, under which rules."""

from collections.abc import Callable

import msgspec

from ingest_api.consent import Rules
from ingest_api.privacy import IpMode

DEFAULT_RULES = Rules()


class Receipt(msgspec.Struct, frozen=True):
    """What the request itself says: same for all of its events. ``received_at`` in µs since 1970.

    ``daily_id`` makes the id of an event without consent from the ids that it sent.
    """

    received_at: int
    source: str
    path: str
    dialect: str = "segment"
    device_id: str | None = None
    device_is_new: bool = False
    ga_client_id: str | None = None
    ga_sessions: str | None = None
    ga_fpid: str | None = None
    user_agent: str | None = None
    ip: str | None = None
    origin: str | None = None
    consent: Rules = DEFAULT_RULES
    wallet_key: bytes = b""
    ip_mode: IpMode = "truncated"
    strict: bool = False
    daily_id: Callable[[str], str] | None = None
