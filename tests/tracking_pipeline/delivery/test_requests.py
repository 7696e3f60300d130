"""Grouping events into requests: one client and user each, in order of time, within GA4's limits."""

import json
import random

from tracking_pipeline.delivery.ga4 import requests, rules
from tracking_pipeline.delivery.parcel import Ready


def ready(number: int, client: str = "1.1", user: str | None = None, bytes_: int = 20) -> Ready:
    encoded = json.dumps({"name": "x" * (bytes_ - 11)}, separators=(",", ":")).encode()
    return Ready(f"{number:04}", "2026-11-25", 4, number, client, "1", user, encoded)


def grouped(events: list[Ready]) -> list[list[int]]:
    """Group shuffled events and return each request's times, having checked the bodies."""
    batches = requests.group(random.sample(events, len(events)))
    for batch in batches:
        body = requests.body(batch)
        assert len(body) < rules.MAX_BODY_BYTES
        assert len(json.loads(body)["events"]) == len(batch)
        assert len({(event.client_id, event.user_id) for event in batch}) == 1
    assert sorted(event.event_id for batch in batches for event in batch) == sorted(e.event_id for e in events)
    return [[event.occurred_us for event in batch] for batch in batches]


def test_a_client_fills_requests_of_25_in_order_of_time() -> None:
    assert grouped([ready(n) for n in range(60)]) == [[*range(25)], [*range(25, 50)], [*range(50, 60)]]


def test_clients_and_users_do_not_share_a_request_and_the_oldest_goes_first() -> None:
    events = [ready(3), ready(1, "2.2"), ready(2, "2.2", "ann"), ready(4, "2.2")]

    assert grouped(events) == [[1, 4], [2], [3]]


def test_a_request_ends_before_its_body_is_too_large() -> None:
    half = rules.MAX_BODY_BYTES // 2

    assert grouped([ready(n, bytes_=half) for n in range(3)]) == [[0], [1], [2]]
    assert grouped([ready(n, bytes_=half - 30) for n in range(3)]) == [[0, 1], [2]]


def test_the_largest_event_fits_to_the_byte() -> None:
    head = len(requests.body((ready(0),))) - 20
    fits, too_large = (ready(0, bytes_=rules.MAX_BODY_BYTES - head - spare) for spare in (1, 0))

    assert [requests.is_too_large(event) for event in (fits, too_large)] == [False, True]
    assert len(requests.body((fits,))) == rules.MAX_BODY_BYTES - 1


def test_a_user_id_is_told_with_the_client() -> None:
    body = json.loads(requests.body((ready(1, "1.1", 'a"ü'),)))

    assert (body["client_id"], body["user_id"]) == ("1.1", 'a"ü')
