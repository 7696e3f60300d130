"""What the calls of one request share, and what is judged once for them."""

import msgspec

from ingest_api.clocks import parse_instant
from ingest_api.parts import Context, context_of
from ingest_api.receipt import Receipt


class Request:
    """What the calls of one request share. ``call_type`` is the path's, ``sent_at`` the batch's."""

    __slots__ = ("_contexts", "_sent", "call_type", "receipt", "sent_at")

    def __init__(self, receipt: Receipt, call_type: str = "", sent_at: str | None = None) -> None:
        self.receipt = receipt
        self.call_type = call_type
        self.sent_at = parse_instant(sent_at)
        self._sent: tuple[str | None, int | None] = (None, self.sent_at)
        self._contexts: dict[bytes, Context] = {}

    def context_of(self, raw: msgspec.Raw) -> Context:
        """Judge a context, or remember it: equal bytes are an equal context."""
        text = bytes(raw)
        context = self._contexts.get(text)
        if context is None:
            context = self._contexts[text] = context_of(raw, self.receipt)
        return context

    def sent_at_of(self, text: str | None) -> int | None:
        """Read an event's own ``sentAt``, or remember it: a batch is sent at once. The batch's stands in for none."""
        if text != self._sent[0]:
            sent_at = parse_instant(text)
            self._sent = text, self.sent_at if sent_at is None else sent_at
        return self._sent[1]
