"""What must be true of everything a visitor of the demo did: stored once, in order, as the catalogue says."""

import json
from collections import Counter, defaultdict
from typing import Any

import httpx

from ingest_api.catalogue.reader import catalogue
from tests.browser.jumper import Visitor
from tracking_pipeline.delivery.sender import deliver
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.drain import drain, sweep

# The states that one bridge goes through when nothing is in its way.
BRIDGED = [
    ("CHECK_ALLOWANCE", "STARTED"),
    ("CHECK_ALLOWANCE", "DONE"),
    ("CROSS_CHAIN", "STARTED"),
    ("CROSS_CHAIN", "ACTION_REQUIRED"),
    ("CROSS_CHAIN", "PENDING"),
    ("CROSS_CHAIN", "DONE"),
    ("RECEIVING_CHAIN", "PENDING"),
    ("RECEIVING_CHAIN", "DONE"),
]


def assert_stored_once(visitor: Visitor) -> None:
    """See that no event is missing or there twice, and that each keeps to the catalogue."""
    rows = visitor.rows()
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        numbers[row["tab"]["id"]].append(row["tab"]["seq"])
    for tab, found in numbers.items():
        assert found == list(range(1, len(found) + 1)), tab
    assert [(row["event_name"], row["off_plan"]) for row in rows if row["off_plan"]] == []
    assert [row["tab"]["lost"] for row in rows if row["tab"]["lost"]] == []
    for row in rows:
        if row["event_name"] in catalogue().events:
            assert unplanned(row) == set(), row["event_name"]


def unplanned(row: dict[str, Any]) -> set[str]:
    """Return the parameters of a row that the catalogue does not list for its event."""
    plan = catalogue()
    return set(row["properties"]) - set(plan.events[row["event_name"]].params) - set(plan.common)


def executions(visitor: Visitor) -> list[tuple[str, int]]:
    """Return starts and ends of executions with their attempt, in their order."""
    prefix = "lifi_route_execution_"
    ends = ("started", "completed", "failed")
    return [
        (name.removeprefix(prefix), row["properties"]["attempt"])
        for row in visitor.rows()
        if (name := row["event_name"] or "").startswith(prefix) and name.endswith(ends)
    ]


def updates(visitor: Visitor, attempt: int = 1) -> list[tuple[str, str]]:
    """Return the states that an attempt went through, in their order."""
    told = [one for one in visitor.events("lifi_route_execution_updated") if one["attempt"] == attempt]
    return [(one["action_type"], one["action_status"]) for one in told]


def assert_in_lake_and_at_ga4_once(visitor: Visitor, completed: dict[str, Any]) -> None:
    """See that each act is once in the lake, and once at GA4, under its name there, without the wallet.

    ``completed`` is the end of the visitor's swap.
    """
    sent = _to_lake_and_ga4(visitor)
    rows = visitor.rows()
    with attach.opened(visitor.demo.settings, read_only=True) as lake:
        query = "select message_id, properties from events where anonymous_id = ? order by all"
        loaded = lake.execute(query, [rows[0]["anonymous_id"]]).fetchall()
    assert [(message_id, json.loads(properties or "{}")) for message_id, properties in loaded] == sorted(
        ((row["message_id"], row["properties"]) for row in rows), key=lambda one: one[0]
    )
    visitor.wait_for("lifi_route_execution_completed", "at GA4")
    [arrived] = [
        one
        for one in sent
        if one["name"] == "lifi_route_execution_completed" and one["params"]["route_id"] == completed["route_id"]
    ]
    told = Counter(one["name"] for one in sent if one["client_id"] == arrived["client_id"])
    plans = catalogue().events
    acts = [row["event_name"] for row in rows if row["type"] == "track"]
    assert told == Counter(["page_view", *(plans[act].ga4 if act in plans else act for act in acts)])
    [wallet] = visitor.events("lifi_wallet_connected")
    assert wallet["wallet_address"].lower() not in json.dumps(sent).lower()
    assert completed["tx_hash"] not in json.dumps(sent)


def _to_lake_and_ga4(visitor: Visitor) -> list[dict[str, Any]]:
    """Load what is published, send what is loaded; return what the stand-in stored."""
    settings = visitor.demo.settings
    drain(settings, sweep(settings), idle_s=0)
    deliver(settings)
    found: list[dict[str, Any]] = httpx.get(f"{settings.ga4_endpoint}/events.json", timeout=10).json()
    return found
