"""A click posted by an unmodified SDK reaches SQL and GA4, once."""

import datetime as dt
import json
import subprocess
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
import segment.analytics

from tests.journeys.lookups import arrived, count, query, status
from tests.support import wait_until
from tests.tracking_pipeline.operations.stack import Stack, run

pytestmark = pytest.mark.slow

EACH = 200
CLIENTS = Path(__file__).parents[1] / "clients" / "node"
WEI = 1234567890123456789
TEXT = "žluťoučký 🐎"
NO_GA4_FORM = ("identify", "alias")


def send_with_python(stack: Stack, base: dt.datetime) -> None:
    """Send every type of call with the unmodified segment-analytics-python, in batches."""
    failures: list[object] = []
    client = segment.analytics.Client(
        "demo", host=stack.settings.collector_url, on_error=lambda error, items: failures.append(error), upload_size=50
    )
    calls = (
        lambda n, ids: client.track(event=f"Python {n % 5}", properties={"n": n, "wei": WEI, "text": TEXT}, **ids),
        lambda n, ids: client.page(name="Gas", properties={"url": f"https://s.example/g?n={n}"}, **ids),
        lambda n, ids: client.screen(name="Wallet", properties={"n": n}, **ids),
        lambda n, ids: client.identify(traits={"plan": "free", "n": n}, **ids),
        lambda n, ids: client.group(group_id=f"g{n % 3}", traits={"n": n}, **ids),
        lambda n, ids: client.alias(previous_id=f"old-{n}", **ids),
    )
    for n in range(EACH):
        at = base + dt.timedelta(milliseconds=n)
        ids = {"user_id": f"python-{n % 7}", "message_id": f"python-{n}", "timestamp": at}
        calls[n % len(calls)](n, ids)
    client.flush()
    client.join()
    assert failures == []


def send_with_node(stack: Stack, base: dt.datetime) -> None:
    """Send the same with the unmodified @segment/analytics-node."""
    command = ["node", "send.mjs", stack.settings.collector_url, "demo", str(EACH), str(int(base.timestamp() * 1000))]
    subprocess.run(command, cwd=CLIENTS, check=True, timeout=60)


def send_old_contract(stack: Stack, base: dt.datetime, number: int) -> None:
    """Post to /events as the replaced system's front end does."""
    body = {
        "clientId": f"old-{number}",
        "userId": "",
        "timestamp": int(base.timestamp() * 1000) + number,
        "event": {"name": "action_switch_tab", "params": {"label": "switch_tab_to_buy", "amount": "1" * 30}},
    }
    request = urllib.request.Request(f"{stack.settings.collector_url}/events", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["accepted"] == 1


def send_all(stack: Stack, base: dt.datetime) -> int:
    send_with_python(stack, base)
    send_with_node(stack, base)
    for number in range(10):
        send_old_contract(stack, base, number)
    return 2 * EACH + 10


def test_events_of_real_sdks_reach_sql_and_ga4_once(stack: Stack) -> None:
    base = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    sent = send_all(stack, base)

    wait_until(lambda: count(stack, "events") >= sent, 60, "all in the lake")
    assert count(stack, "events") == sent
    assert count(stack, "events", "message_id like 'python-%'") == EACH
    types = query(stack, "select type, count(*) as n from events where message_id like 'node-%' group by 1 order by 1")
    assert {row["type"]: row["n"] for row in types} == {
        **{"alias": 33, "group": 33, "identify": 33, "page": 34, "screen": 33, "track": 34}
    }
    [intact] = query(
        stack,
        "select properties ->> '$.wei' as wei, properties ->> '$.text' as text from events"
        " where message_id = 'python-0'",
    )
    assert intact == {"wei": str(WEI), "text": TEXT}

    has_form = count(stack, "events", f"type not in {NO_GA4_FORM}")
    wait_until(lambda: len(arrived(stack)) >= has_form, 200, "all at the stand-in")
    tracked = Counter(item["name"] for item in arrived(stack))
    assert sum(tracked.values()) == has_form
    assert tracked["action_switch_tab"] == 10
    assert tracked["Python_0"] + tracked["Node_0"] == count(stack, "events", "event_name in ('Python 0', 'Node 0')")
    wait_until(lambda: status(stack)["deliveries"].get("ga4", {}).get("sent") == has_form, 60, "all recorded as sent")

    send_all(stack, base)
    wait_until(lambda: count(stack, "duplicates") >= sent, 60, "all copies in duplicates")
    assert (count(stack, "events"), count(stack, "duplicates")) == (sent, sent)
    assert count(stack, "duplicate_conflicts") == 0
    state = status(stack)
    assert [hour["residual"] for hour in state["hours"]] == [0] * len(state["hours"])
    assert (state["needs"], run(stack, "status").returncode) == ([], 0)
    assert len(arrived(stack)) == has_form
