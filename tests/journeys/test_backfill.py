"""Backfill of the live hour from the UI, pressed amid traffic and a drain: the same rows afterwards."""

import datetime as dt
import json
import urllib.request
from typing import Any

import pytest

from ingest_api.partitions import hour_of
from tests.journeys.lookups import count, query, status
from tests.journeys.test_everything_killed import Traffic, waiting
from tests.support import wait_until
from tests.tracking_pipeline.operations.stack import Stack

pytestmark = pytest.mark.slow

LAUNCH = """
mutation ($keys: [String!]!) {
  launchPartitionBackfill(backfillParams: {assetSelection: [{path: ["events"]}], partitionNames: $keys}) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
STATE = "query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
RUNS = "{ runsOrError(limit: 50) { ... on Runs { results { jobName status } } } }"


def ask(stack: Stack, text: str, **variables: object) -> dict[str, Any]:
    body = json.dumps({"query": text, "variables": variables}).encode()
    request = urllib.request.Request(f"{stack.settings.dagster_url}/graphql", body)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)["data"]
        return found


def backfill_is_done(stack: Stack, backfill_id: str) -> bool:
    state = ask(stack, STATE, id=backfill_id)["partitionBackfillOrError"]["status"]
    assert state not in ("FAILED", "COMPLETED_FAILED"), state
    return bool(state == "COMPLETED_SUCCESS")


def test_backfill_of_the_live_hour_during_a_drain_changes_nothing(stack: Stack) -> None:
    traffic = Traffic(stack.settings.collector_url)
    wait_until(lambda: count(stack, "loaded_files") > 20, 300, "loads under way")
    now = hour_of(int(dt.datetime.now(dt.UTC).timestamp() * 1e6))

    launched = ask(stack, LAUNCH, keys=[now.key])["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    wait_until(lambda: backfill_is_done(stack, launched["backfillId"]), 300, "backfill done")

    traffic.stop()
    wait_until(lambda: not waiting(stack), 300, "all loaded")
    stored = [row["message_id"] for row in query(stack, "select message_id from events")]
    assert sorted(stored) == sorted(traffic.acknowledged)
    replaced = query(stack, "select count(distinct source_file) as n from events group by load_id order by n desc")
    assert replaced[0]["n"] > 20  # a drain takes a file or a few at a time
    assert all(hour["residual"] == 0 for hour in status(stack)["hours"])
    results = ask(stack, RUNS)["runsOrError"]["results"]
    assert [run for run in results if run["status"] == "FAILURE"] == []
    assert len([run for run in results if run["jobName"] == "__ASSET_JOB"]) == 1
