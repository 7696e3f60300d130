"""A request whose journal line cannot be written does not leave."""

from pathlib import Path

from tests.tracking_pipeline.delivery.test_requests import ready
from tracking_pipeline.delivery import journal as journals
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.courier import Courier
from tracking_pipeline.delivery.destination import Traits
from tracking_pipeline.delivery.journal import Journal
from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.parcel import Request
from tracking_pipeline.delivery.state import Health


class Recorder:
    """A client that takes everything."""

    def __init__(self) -> None:
        self.taken: list[Request] = []

    def send(self, request: Request) -> Outcome:
        """Take a request."""
        self.taken.append(request)
        return Outcome("sent", 204)


def courier_to(client: Recorder) -> Courier:
    traits = Traits("ga4", "GA4", "here", 25)
    return Courier(client, traits, Clock(now=lambda: 0.0), lambda name: None, 50.0, Health())


def test_no_journal_line_no_bytes(tmp_path: Path) -> None:
    client = Recorder()
    courier = courier_to(client)
    journal = Journal(tmp_path / "run.ndjson")
    journal.close()

    rows = [courier.carry(Request(f"r{n}", f"a{n}", (ready(n),)), journal) for n in (1, 2)]

    assert [(row.event_id, row.state, row.reason) for of_one in rows for row in of_one] == [
        ("0001", "unsent", "not_journalled"),
        ("0002", "unsent", "not_reached"),
    ]
    assert client.taken == []
    assert courier.stopped == "the send journal cannot be written: free disk space"


def test_a_carried_request_is_journalled_with_its_outcome(tmp_path: Path) -> None:
    client = Recorder()
    path = tmp_path / "run.ndjson"

    with Journal(path) as journal:
        rows = courier_to(client).carry(Request("r", "a", (ready(1), ready(2))), journal)

    assert [(row.event_id, row.state, row.http_status) for row in rows] == [
        ("0001", "sent", 204),
        ("0002", "sent", 204),
    ]
    (sent,) = journals.read(path).requests
    assert (sent.request_id, sent.attempt_id, sent.state, sent.http_status) == ("r", "a", "sent", 204)
    assert sent.events == (("0001", "2026-11-25", 4), ("0002", "2026-11-25", 4))
    assert len(client.taken) == 1
    assert path.stat().st_mode & 0o777 == 0o600
