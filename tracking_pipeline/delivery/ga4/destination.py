"""GA4 as a destination: planned events → requests of one client and user each."""

from collections.abc import Sequence
from functools import partial

from ingest_api.settings import Ga4Target
from tracking_pipeline.delivery import sessions
from tracking_pipeline.delivery.destination import Traits
from tracking_pipeline.delivery.ga4 import identity, mapping, requests, rules
from tracking_pipeline.delivery.ga4.client import Ga4Client
from tracking_pipeline.delivery.ledger import LedgerRow
from tracking_pipeline.delivery.parcel import Ready, Request, closed_row, new_request
from tracking_pipeline.delivery.planned import Planned
from tracking_pipeline.delivery.sessions import Member, Told
from tracking_pipeline.delivery.state import GA4


class Ga4:
    """A GA4 property, or the stand-in; ``key`` is the install's own, for client ids made of user ids."""

    def __init__(self, target: Ga4Target, key: bytes) -> None:
        self._target = target
        self._derive = partial(identity.derived_client_id, key=key)

    @property
    def traits(self) -> Traits:
        """GA4 cannot be asked what it has, so an unknown outcome stays one."""
        return Traits(GA4, "GA4", self._target.identity, rules.MAX_EVENTS, needs_sessions=True)

    def client(self, connections: int) -> Ga4Client:
        """Open connections to the property."""
        return Ga4Client(self._target, connections)

    def assemble(self, planned: Sequence[Planned], members: Sequence[Member]) -> tuple[list[Request], list[LedgerRow]]:
        """Map, tell client and session, group into the fewest requests."""
        ready: list[Ready] = []
        closed: list[LedgerRow] = []
        told = self._tell(planned, members)
        for one in planned:
            made = _ready(one, told)
            if isinstance(made, Ready):
                ready.append(made)
            else:
                closed.append(made)
        return [new_request(batch, str(batch[0].client_id)) for batch in requests.group(ready)], closed

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


def _ready(one: Planned, told: dict[str, Told]) -> Ready | LedgerRow:
    """Map one event, or say why it never leaves."""
    key = one.event.event_id, one.date, one.hour
    mapped = mapping.to_ga4(one.event)
    if isinstance(mapped, mapping.Unmapped):
        return closed_row(*key, mapped.state, mapped.reason)
    ids = told[one.event.event_id]
    encoded = mapped.encode(ids.session_id)
    user_id = identity.user_id(one.user_id)
    ready = Ready(*key, mapped.timestamp_us, ids.client_id, ids.session_id, user_id, encoded, mapped.fixes)
    return closed_row(*key, "dead", "too_large") if requests.is_too_large(ready) else ready
