"""GA4 as a destination: planned events → requests of one client and user each."""

from collections.abc import Sequence, Set
from dataclasses import replace
from functools import partial

from tracking_pipeline.delivery import sessions
from tracking_pipeline.delivery.destination import Traits
from tracking_pipeline.delivery.ga4 import identity, mapping, params, requests, rules, user_properties
from tracking_pipeline.delivery.ga4.client import Ga4Clients
from tracking_pipeline.delivery.ga4.fixes import fix
from tracking_pipeline.delivery.ga4.mapping import Mapped, Unmapped
from tracking_pipeline.delivery.ga4.streams import Streams, is_local
from tracking_pipeline.delivery.ga4.surroundings import request_fields
from tracking_pipeline.delivery.ga4.user_properties import NONE, Ride
from tracking_pipeline.delivery.ledger import LedgerRow
from tracking_pipeline.delivery.parcel import Ready, Request, closed_row, new_request
from tracking_pipeline.delivery.planned import Planned
from tracking_pipeline.delivery.sessions import Member, Told
from tracking_pipeline.delivery.state import GA4

IDENTIFY = "identify"
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
        tag_sessions = self._tag_sessions(planned)
        told = self._tell(planned, members, tag_sessions)
        forms = {one.event.event_id: self._form(one) for one in planned}
        leaving = [one for one in planned if isinstance(forms[one.event.event_id], Mapped)]
        riding = user_properties.rides(leaving, members)
        for one in planned:
            event_id = one.event.event_id
            ids = told.get(event_id)
            has_tag = ids is not None and ids.session_id == tag_sessions.get(event_id)
            ride = riding.get(event_id, NONE)
            made = self._ready(one, self._carrier(one, ride) or forms[event_id], ids, ride, has_tag=has_tag)
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

    def _tag_sessions(self, planned: Sequence[Planned]) -> dict[str, str]:
        """Return the session at GA4 of events whose page has the stream's own tag."""
        found = {
            one.event.event_id: identity.session_of(
                one.ga_sessions, self._streams.of(one.event.source).target.measurement_id
            )
            for one in planned
            if one.ga_sessions
        }
        return {event_id: session for event_id, session in found.items() if session}

    def _tell(
        self, planned: Sequence[Planned], members: Sequence[Member], tag_sessions: dict[str, str]
    ) -> dict[str, Told]:
        """Client and session of every planned event; one that is nobody's (a fresh cookie only) is its own session."""
        sending = {one.event.event_id: one for one in planned if not one.event.is_bot}
        cookies = {
            event_id: known
            for event_id, one in sending.items()
            if (known := identity.known_client_id(one.ga_named_id, one.ga_client_id, one.ga_fpid))
        }
        told = sessions.assign(members, sending.keys(), cookies, self._derive, tag_sessions)
        for event_id in sending.keys() - told.keys():
            one = sending[event_id]
            client_id = cookies.get(event_id) or self._derive("device", one.device_id or event_id)
            session = tag_sessions.get(event_id) if event_id in cookies else None
            told[event_id] = Told(client_id, session or sessions.session_id(one.event.occurred_at))
        return told

    def _form(self, one: Planned) -> Mapped | Unmapped:
        """Map one event, or say why it never leaves."""
        stream = self._streams.of(one.event.source)
        if not stream.takes_localhost and is_local(one.event.page_url):
            return mapping.reason_to_stay(one.event) or Unmapped("suppressed", "localhost")
        levels = self._streams.category_levels
        return mapping.to_ga4(one.event, catalogue_only=stream.catalogue_only, category_levels=levels)

    def _carrier(self, one: Planned, ride: Ride) -> Mapped | None:
        """Return the event, if the site wants one, of an identify call whose properties ride on no other."""
        stream = self._streams.of(one.event.source)
        is_wanted = one.event.type == IDENTIFY and ride.properties and not stream.catalogue_only
        is_local_page = not stream.takes_localhost and is_local(one.event.page_url)
        if not self._streams.identify_event or not is_wanted or is_local_page:
            return None
        return Mapped(self._streams.identify_event, {}, mapping.micros(one.event.occurred_at))

    def _ready(
        self, one: Planned, form: Mapped | Unmapped, ids: Told | None, ride: Ride, *, has_tag: bool
    ) -> Ready | LedgerRow:
        """Make one event ready, or close its way.

        Where the stream's own tag is on the page, it measures engagement, device and place itself: GA4 joins them.
        """
        key = one.event.event_id, one.date, one.hour
        if isinstance(form, Unmapped):
            return closed_row(*key, form.state, form.reason)
        stream = self._streams.of(one.event.source)
        mapped = _with_debug(form) if stream.target.debug else form
        if has_tag:
            number = identity.session_number_of(one.ga_sessions, stream.target.measurement_id)
            mapped = replace(_with_number(mapped, number), engagement_ms=mapping.ENGAGEMENT_MS)
        if stream.catalogue_only:
            ride = NONE
        assert ids is not None  # only bots are told nothing, and they are not mapped
        user_id, fixes = identity.fixed_user_id(one.user_id)
        encoded, weight = self._encode(mapped, ids.session_id, has_tag=has_tag)
        ready = Ready(
            *key,
            mapped.timestamp_us,
            ids.client_id,
            ids.session_id,
            user_id,
            encoded,
            mapped.fixes + fixes + ride.fixes,
            self._shared(one, has_tag=has_tag),
            ride.properties,
            weight,
            resend=_may_be_resent(mapped, self._streams.resend),
        )
        return closed_row(*key, "dead", "too_large") if requests.is_too_large(ready) else ready

    def _encode(self, mapped: Mapped, session_id: str, *, has_tag: bool) -> tuple[bytes, int]:
        """Return an event's JSON, with its campaign's in front where GA4 is told it; and how many events that is."""
        if not (self._streams.tells_campaign and mapped.campaign) or has_tag:
            return mapped.encode(session_id), 1
        return mapped.encode_campaign(session_id) + b"," + mapped.encode(session_id), 2

    def _shared(self, one: Planned, *, has_tag: bool) -> bytes:
        streams = self._streams
        device, country = streams.tells_device and not has_tag, streams.tells_country and not has_tag
        return request_fields(one.surroundings, device=device, country=country)


def _with_debug(mapped: Mapped) -> Mapped:
    """Mark an event for DebugView; the last parameter makes room where there is none."""
    kept = dict(list(mapped.params.items())[: params.ROOM - 1])
    lost = tuple(fix("params_max", name) for name in mapped.params if name not in kept)
    return replace(mapped, params=kept | {"debug_mode": 1}, fixes=mapped.fixes + lost)


def _with_number(mapped: Mapped, number: int | None) -> Mapped:
    """Say which of the browser's sessions it is, where there is room."""
    if number is None or len(mapped.params) >= params.ROOM:
        return mapped
    return replace(mapped, params=mapped.params | {"session_number": number})


def _may_be_resent(mapped: Mapped, names: Set[str]) -> bool:
    """Tell whether a copy at GA4 does no harm: of purchases it keeps one by transaction id, the rest is a setting."""
    return mapped.name in names and (mapped.name != PURCHASE or bool(mapped.params.get("transaction_id")))
