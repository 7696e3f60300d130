"""One client's events as its sessions, newest first, with what GA4 would make of them. Pure functions.

A session is what shares a ``session_id``. Windows (use cases of the protocol) as read 2026-09-25:
https://developers.google.com/analytics/devguides/collection/protocol/ga4/use-cases. Copies of a purchase:
https://support.google.com/analytics/answer/12313109.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
HOUR_US = 3_600_000_000
ATTRIBUTION_HOURS = 24  # after the session's start: later ones get no source, medium, campaign
JOIN_HOURS = 48  # after the event: later ones are not joined with what the page's own tag sent
NOT_SET = "(not set)"
Row = dict[str, Any]


@dataclass(slots=True)
class Session:
    """Events of one session, newest first; refused ones are among them, with their reasons."""

    session_id: str
    rows: list[Row] = field(default_factory=list)

    @property
    def kept(self) -> list[Row]:
        """The events that count."""
        return [row for row in self.rows if not row["refused"]]

    @property
    def facts(self) -> Row:
        """Device, place and consent, each as the newest event that says it."""
        found: Row = {}
        for row in reversed(self.kept):
            found |= row["device"] | row["user_location"] | row["consent"]
        return found

    @property
    def started_at(self) -> int:
        """When it began, microseconds: what the id says, else its first event."""
        if self.session_id.isascii() and self.session_id.isdigit() and len(self.session_id) < 12:
            return int(self.session_id) * 1_000_000
        return int(min(row["at_us"] for row in self.rows))

    @property
    def engaged_ms(self) -> int:
        """The sum of what its events say."""
        values = [row["params"].get("engagement_time_msec") for row in self.kept]
        return sum(value for value in values if type(value) is int and value > 0)

    @property
    def lasted_s(self) -> float:
        """From its first to its last event, seconds."""
        times = [row["at_us"] for row in self.kept]
        return (max(times) - min(times)) / 1e6 if times else 0.0


def sessions_of(kept: Iterable[Row], refused: Iterable[Row]) -> list[Session]:
    """Join rows of the store (newest first) to sessions; the session with the newest event comes first."""
    rows = [_row(row, refused=False) for row in kept] + [_row(row, refused=True) for row in refused]
    rows.sort(key=lambda row: (row["at_us"], row["request_id"], row["position"] or 0), reverse=True)
    sessions: dict[str, Session] = {}
    for row in rows:
        session_id = str(row["params"].get("session_id") or NOT_SET)
        sessions.setdefault(session_id, Session(session_id)).rows.append(row)
    for session in sessions.values():
        for row in session.kept:
            row["remarks"] += _too_late(row, session)
    _mark_copies(rows)
    return list(sessions.values())


def together(refused: Iterable[Row]) -> list[Row]:
    """Put events of one request that are refused for the same reasons into one row: ``others`` names the rest."""
    found: list[Row] = []
    for row in refused:
        last = found[-1] if found else None
        if last and (last["request_id"], last["problems"]) == (row["request_id"], row["problems"]):
            last["others"].append(row["name"])
        else:
            found.append({**row, "others": []})
    return found


def latest_user_properties(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the newest value of each user property; rows come newest first."""
    found: dict[str, Any] = {}
    for row in reversed(rows):
        found |= {name: each.get("value") for name, each in row["user_properties"].items()}
    return found


def _row(row: Row, *, refused: bool) -> Row:
    received_us = (dt.datetime.fromisoformat(row["received_at"]) - EPOCH) // MICROSECOND
    at_us = row.get("timestamp_micros") or received_us
    remarks = [] if refused else list(row["problems"])
    return {**row, "at_us": at_us, "received_us": received_us, "refused": refused, "remarks": remarks}


def _too_late(row: Row, session: Session) -> list[str]:
    if row["received_us"] - row["at_us"] > JOIN_HOURS * HOUR_US:
        return [f"sent more than {JOIN_HOURS} h after it happened: not joined with what the page's own tag sent."]
    if session.session_id != NOT_SET and row["received_us"] - session.started_at > ATTRIBUTION_HOURS * HOUR_US:
        return [f"sent more than {ATTRIBUTION_HOURS} h after its session began: no source, medium or campaign."]
    return []


def _mark_copies(rows: Sequence[Row]) -> None:
    """Remark purchases whose transaction came before: GA4 keeps the first on web streams."""
    seen: set[tuple[str, str]] = set()
    for row in reversed(rows):
        if row["refused"] or row["name"] != "purchase" or "transaction_id" not in row["params"]:
            continue
        key = row["measurement_id"], str(row["params"]["transaction_id"])
        if key in seen:
            row["remarks"].append("a copy: GA4 keeps one purchase of a transaction_id.")
        seen.add(key)
