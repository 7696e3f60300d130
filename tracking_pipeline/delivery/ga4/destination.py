"""GA4 as a destination: planned events → requests of one client and user each."""

from collections.abc import Sequence, Set
from dataclasses import replace
from functools import partial

from tracking_pipeline.delivery import sessions
from tracking_pipeline.delivery.destination import Traits
from tracking_pipeline.delivery.ga4 import identity, mapping, params, requests, rules
from tracking_pipeline.delivery.ga4.client import Ga4Clients
from tracking_pipeline.delivery.ga4.fixes import fix
from tracking_pipeline.delivery.ga4.streams import Streams, is_local
from tracking_pipeline.delivery.ledger import LedgerRow
from tracking_pipeline.delivery.parcel import Ready, Request, closed_row, new_request
from tracking_pipeline.delivery.planned import Planned
from tracking_pipeline.delivery.sessions import Member, Told
from tracking_pipeline.delivery.state import GA4

PURCHASE = "purchase"  # the only event that GA4 drops copies of (https://support.google.com/analytics/answer/12313109)


class Ga4:
    """GA4 properties, or the stand-in; ``key`` is the install's own, for client ids made of user ids."""

    def __init__(self, streams: Streams, key: bytes) -> None:
        self._streams = streams
        self._derive = partial(identity.derived_client_id, key=key)

    @property
    def traits(self) -> Traits:
        """GA4 cannot be asked what it has, so an unknown outcome stays one."""
        return Traits(GA4, "GA4", self._streams.default.target.identity, rules.MAX_EVENTS, needs_sessions=True)

    def client(self, connections: int) -> Ga4Clients:
        """Open connections to the properties."""
        return Ga4Clients(self._streams.targets(), connections)

    def assemble(self, planned: Sequence[Planned], members: Sequence[Member]) -> tuple[list[Request], list[LedgerRow]]:
        """Map, tell client and session, group into the fewest requests of each stream."""
        ready: dict[str, list[Ready]] = {}
        closed: list[LedgerRow] = []
        told = self._tell(planned, members)
        for one in planned:
            made = self._ready(one, told)
            if isinstance(made, Ready):
                ready.setdefault(self._streams.of(one.event.source).key, []).append(made)
            else:
                closed.append(made)
        made_requests = [
            new_request(batch, f"{stream} {batch[0].client_id}", stream)
            for stream, events in ready.items()
            for batch in requests.group(events)
        ]
        return sorted(made_requests, key=lambda each: each.events[0].occurred_us), closed

    def _tell(self, planned: Sequence[Planned], members: Sequence[Member]) -> dict[str, Told]:
        """Client and session of every planned event; one that is nobody's (a fresh cookie only) is its own session."""
        sending = {one.event.event_id: one for one in planned if not one.event.is_bot}
        cookies = {
            event_id: cookie for event_id, one in sending.items() if (cookie := identity.cookie_id(one.ga_client_id))
        }
        told = sessions.assign(members, sending.keys(), cookies, self._derive)
        for event_id in sending.keys() - told.keys():
            one = sending[event_id]
            client_id = cookies.get(event_id) or self._derive("device", one.device_id or event_id)
            told[event_id] = Told(client_id, sessions.session_id(one.event.occurred_at))
        return told

    def _ready(self, one: Planned, told: dict[str, Told]) -> Ready | LedgerRow:
        """Map one event, or say why it never leaves."""
        key = one.event.event_id, one.date, one.hour
        stream = self._streams.of(one.event.source)
        mapped = mapping.to_ga4(one.event, catalogue_only=stream.catalogue_only)
        if isinstance(mapped, mapping.Unmapped):
            return closed_row(*key, mapped.state, mapped.reason)
        if not stream.takes_localhost and is_local(one.event.page_url):
            return closed_row(*key, "suppressed", "localhost")
        if stream.target.debug:
            mapped = _with_debug(mapped)
        ids = told[one.event.event_id]
        encoded = mapped.encode(ids.session_id)
        user_id = identity.user_id(one.user_id)
        ready = Ready(
            *key,
            mapped.timestamp_us,
            ids.client_id,
            ids.session_id,
            user_id,
            encoded,
            mapped.fixes,
            resend=_may_be_resent(mapped, self._streams.resend),
        )
        return closed_row(*key, "dead", "too_large") if requests.is_too_large(ready) else ready


def _with_debug(mapped: mapping.Mapped) -> mapping.Mapped:
    """Mark an event for DebugView; the last parameter makes room where there is none."""
    kept = dict(list(mapped.params.items())[: params.ROOM - 1])
    lost = tuple(fix("params_max", name) for name in mapped.params if name not in kept)
    return replace(mapped, params=kept | {"debug_mode": 1}, fixes=mapped.fixes + lost)


def _may_be_resent(mapped: mapping.Mapped, names: Set[str]) -> bool:
    """Tell whether a copy at GA4 does no harm: of purchases it keeps one by transaction id, the rest is a setting."""
    return mapped.name in names and (mapped.name != PURCHASE or bool(mapped.params.get("transaction_id")))
