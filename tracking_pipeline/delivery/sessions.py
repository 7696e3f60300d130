"""What a destination is told about client and session, so that what it was told stays true. Pure functions.

A late event can move a session's start or bridge two sessions, and GA4 cannot be corrected. So an event takes the
ids of the nearest event of its session that was leased before (an earlier one before a later one), and only
without any the session's start.
"""

import bisect
import datetime as dt
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from ingest_api.partitions import EPOCH


@dataclass(frozen=True, slots=True)
class Member:
    """One event of a session that is planned now, or of which the destination was told (then with what)."""

    event_id: str
    client_kind: str
    client: str
    session_start: dt.datetime
    occurred_at: dt.datetime
    client_id: str | None = None
    session_id: str | None = None

    @property
    def session(self) -> tuple[str, str, dt.datetime]:
        """The session as computed now."""
        return self.client_kind, self.client, self.session_start


@dataclass(frozen=True, slots=True)
class Told:
    """Client and session id at the destination."""

    client_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class _At:
    key: tuple[dt.datetime, str]
    told: Told


def assign(
    members: Sequence[Member],
    planned: Set[str],
    cookies: Mapping[str, str],
    derive: Callable[[str, str], str],
) -> dict[str, Told]:
    """Return what is told for each planned event that has a session.

    ``members`` come in order of time within each session; ``cookies`` holds the destination's own client id for
    events that carried one; without any in the session it is derived from the client (kind, value).
    """
    sessions: dict[tuple[str, str, dt.datetime], list[Member]] = {}
    for member in members:
        sessions.setdefault(member.session, []).append(member)
    told: dict[str, Told] = {}
    for of_session in sessions.values():
        first = of_session[0]
        client_id = next((cookies[m.event_id] for m in of_session if m.event_id in cookies), None)
        fresh = Told(client_id or derive(first.client_kind, first.client), session_id(first.session_start))
        known = [_At(_key(m), Told(m.client_id, m.session_id)) for m in of_session if m.client_id and m.session_id]
        told |= {m.event_id: _nearest(known, _key(m)) or fresh for m in of_session if m.event_id in planned}
    return told


def _nearest(known: Sequence[_At], key: tuple[dt.datetime, str]) -> Told | None:
    if not known:
        return None
    earlier = bisect.bisect_right(known, key, key=lambda at: at.key)
    return known[max(0, earlier - 1)].told


def _key(member: Member) -> tuple[dt.datetime, str]:
    return member.occurred_at, member.event_id


def session_id(start: dt.datetime) -> str:
    """Return a session's id: its start in unix seconds."""
    return str((start.replace(tzinfo=dt.UTC) - EPOCH) // dt.timedelta(seconds=1))
