"""A refused event → its rejected row: the reason, and of the event itself what its consent lets be kept."""

import contextlib
from typing import Any

import msgspec

from ingest_api import scrub
from ingest_api.consent import consent_of
from ingest_api.jsontext import UNREADABLE
from ingest_api.parts import device_columns
from ingest_api.receipt import Receipt
from ingest_api.request import Request
from ingest_api.schema import Rejected, RejectReason

MAX_ORIGINAL_CHARS = 8 * 1024


def reject(
    original: bytes, request: Request, reason: RejectReason, detail: str, message_id: str | None = None
) -> Rejected:
    """Build the rejected row; the original is kept up to 8,192 characters, its full size always."""
    receipt, is_given = request.receipt, _is_consent_given(original, request.receipt)
    return Rejected(
        reason=reason,
        detail=detail,
        message_id=message_id,
        source=receipt.source,
        received_at=receipt.received_at,
        sent_at=request.sent_at,
        **(device_columns(receipt) if is_given else {}),
        **_kept(original, receipt, is_given),
        path=receipt.path,
        ip=receipt.ip,
        origin=receipt.origin,
        user_agent=receipt.user_agent,
        dialect=receipt.dialect,
    )


def kept_original(original: bytes, receipt: Receipt) -> dict[str, Any]:
    """Return the columns that keep a refused event: its text, cut and scrubbed; no UTF-8 becomes ``\\xff``.

    Without consent, or where it is asked for and cannot be read, nothing in it says whose it is; what cannot be taken
    apart for that is not kept.
    """
    return _kept(original, receipt, _is_consent_given(original, receipt))


def _kept(original: bytes, receipt: Receipt, is_given: bool | None) -> dict[str, Any]:
    if is_given is None:
        is_given = not (receipt.consent.required or receipt.consent.signalled)
    text = original[: MAX_ORIGINAL_CHARS * 4].decode("utf-8", "backslashreplace")[:MAX_ORIGINAL_CHARS]
    kept, scrubbed = scrub.scrubbed_original(text, receipt.ip_mode) if is_given else scrub.anonymous_original(original)
    return {"original": kept and kept[:MAX_ORIGINAL_CHARS], "original_bytes": len(original), "scrubbed": scrubbed}


def _is_consent_given(original: bytes, receipt: Receipt) -> bool | None:
    """Tell whether an event may say who the visitor is; None where it cannot be read."""
    with contextlib.suppress(*UNREADABLE):
        plain = msgspec.json.decode(original)
        return consent_of(plain.get("context") if isinstance(plain, dict) else None, receipt.consent).is_given
    return None
