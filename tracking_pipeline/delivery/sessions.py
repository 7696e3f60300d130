"""What a destination is told about client and session, so that what it was told stays true. Pure functions.

A late event can move a session's start or bridge two sessions, and GA4 cannot be corrected. So an event takes the
ids of the nearest event of its session that was leased before (an earlier one before a later one), and only
without any the session's start.
"""

import bisect
import datetime as dt
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from ingest_api.partitions import EPOCH

PAUSE = dt.timedelta(minutes=30)  # as in lake/sql/session_starts.sql


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
    traits: str | None = None  # JSON, of an identify call

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


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time whose events were read, and the instant after which there are none."""

    start: dt.datetime
    end: dt.datetime
    now: dt.datetime


def unresolved(members: Sequence[Member], planned: Set[str], window: Window) -> set[tuple[str, str]]:
    """Return the clients with a session of which the window may not hold what ``assign`` looks at.

    Enough is: an event told of before the first planned one; else the session's start (nothing within a pause's
    length before it), and then an event told of later, or the session's end.
    """
    of_sessions: dict[tuple[str, str, dt.datetime], list[Member]] = {}
    for member in members:
        of_sessions.setdefault(member.session, []).append(member)
    return {
        (kind, client)
        for (kind, client, start), of_session in of_sessions.items()
        if not _is_enough(of_session, start, planned, window)
    }


def _is_enough(of_session: Sequence[Member], start: dt.datetime, planned: Set[str], window: Window) -> bool:
    first_planned = min(_key(m) for m in of_session if m.event_id in planned)
    told = [_key(m) for m in of_session if m.client_id and m.session_id]
    if any(key <= first_planned for key in told):
        return True
    if start - PAUSE < window.start:
        return False
    last_at = max(m.occurred_at for m in of_session)
    return bool(told) or window.end >= window.now or last_at + PAUSE <= window.end


def assign(
    members: Sequence[Member],
    planned: Set[str],
    cookies: Mapping[str, str],
    derive: Callable[[str, str], str],
    cookie_sessions: Mapping[str, str] | None = None,
) -> dict[str, Told]:
    """Return what is told for each planned event that has a session.

    ``members`` come in order of time within each session; ``cookies`` holds the destination's own client id for
    events that carried one; without any in the session it is derived from the client (kind, value).
    ``cookie_sessions`` holds the destination's own session of such events: an event that is told its cookie's client
    is told its cookie's session too.
    """
    own_sessions = cookie_sessions or {}
    sessions: dict[tuple[str, str, dt.datetime], list[Member]] = {}
    for member in members:
        sessions.setdefault(member.session, []).append(member)
    told: dict[str, Told] = {}
    for of_session in sessions.values():
        first = of_session[0]
        with_cookie = next((m.event_id for m in of_session if m.event_id in cookies), "")
        client_id = cookies.get(with_cookie) or derive(first.client_kind, first.client)
        fresh = Told(client_id, own_sessions.get(with_cookie) or session_id(first.session_start))
        known = [_At(_key(m), Told(m.client_id, m.session_id)) for m in of_session if m.client_id and m.session_id]
        told |= {m.event_id: _nearest(known, _key(m)) or fresh for m in of_session if m.event_id in planned}
    for event_id in own_sessions.keys() & told.keys():
        if told[event_id].client_id == cookies.get(event_id):
            told[event_id] = replace(told[event_id], session_id=own_sessions[event_id])
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
