"""What browser tests do with events: track numbered ones, send them, and read them back from what is stored."""

import json
from typing import Any

from playwright.sync_api import Page


def names(rows: list[dict[str, Any]]) -> list[str]:
    """Name each row: a track call's event, else the type."""
    return [str(row["event_name"] or row["type"]) for row in rows]


def tab_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the tab and sequence number that an event carries."""
    tab: dict[str, Any] = json.loads(row["context"])["tab"]
    return tab


def settled(page: Page) -> None:
    """Send what waits, views that wait for their title too."""
    page.evaluate("analytics.page && new Promise((done) => setTimeout(done, 250)).then(() => analytics.flush())")


def track(page: Page, count: int, start: int = 0) -> None:
    """Track so many numbered events."""
    page.evaluate(f"for (let n = {start}; n < {start + count}; n += 1) analytics.track('Swap', {{n}})")


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    """Return the number of each different event, sorted."""
    by_id = {row["event_id"]: row for row in rows if row["event_name"] == "Swap"}
    return sorted(json.loads(row["properties"])["n"] for row in by_id.values())


def copies(rows: list[dict[str, Any]]) -> int:
    """Count rows beyond the first of each event: the lake keeps those in `duplicates`."""
    return len(rows) - len({row["event_id"] for row in rows})


def no_gap(rows: list[dict[str, Any]]) -> bool:
    """Tell whether the sequence numbers of each tab are whole."""
    seen: dict[str, set[int]] = {}
    for tab in map(tab_of, rows):
        seen.setdefault(tab["id"], set()).add(tab["seq"])
    return all(found == set(range(1, len(found) + 1)) for found in seen.values())
