"""What ``/metrics`` shows: every series, added up over workers and restarts, read back by the library's own parser."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest_api.backlog import Backlog, measure
from ingest_api.metrics import COUNTS, SPREADS, Metrics
from ingest_api.metrics_page import GAUGES, render
from ingest_api.metrics_store import MetricsStore
from tests.crash.records import write_segment
from tests.ingest_api.conftest import Tracker, make_tracker
from tests.support import environment, running_collector, wait_until

CALL = '{"userId": "u", "event": "e"}'


def samples(page: str) -> dict[str, float]:
    """Read a page as Prometheus does: sample and labels → value."""
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def shown(tracker: Tracker) -> dict[str, float]:
    """What the page shows now, without what is zero."""
    return {name: value for name, value in samples(tracker.client.get("/metrics").text).items() if value}


def test_a_request_is_counted_where_it_belongs(tracker: Tracker) -> None:
    batch = f'{{"batch": [{{"type": "page", "userId": "u"}}, {{"type": "track", {CALL[1:]}, 7]}}'
    tracker.post("/v1/batch", batch)
    tracker.post("/v1/track", "{}")
    tracker.client.post("/v1/track", data=CALL)
    tracker.client.get("/nowhere")

    page = shown(tracker)

    assert {name: page[name] for name in page if "_seconds" not in name and "spool" not in name} == {
        "tracking_requests_total{code=ok}": 1,
        "tracking_requests_total{code=nothing_accepted}": 1,
        "tracking_requests_total{code=unknown_write_key}": 1,
        "tracking_requests_total{code=not_found}": 1,
        "tracking_received_bytes_total": len(batch) + 2 + len(CALL),
        "tracking_events_received_total": 4,
        "tracking_events_accepted_total": 2,
        "tracking_events_rejected_total{reason=not_an_object}": 1,
        "tracking_events_rejected_total{reason=missing_identity}": 1,
        **{f"tracking_commit_requests_bucket{{le={bound}}}": 2 for bound in (1, 2, 4, 8, 16, 32, 64, 128, "+Inf")},
        "tracking_commit_requests_count": 2,
        "tracking_commit_requests_sum": 2,
    }
    assert page["tracking_request_seconds_count"] == 3
    assert page["tracking_fsync_seconds_count"] == 2
    assert page["tracking_spool_segments"] == 1
    assert page["tracking_spool_bytes"] == sum(p.stat().st_size for p in tracker.settings.spool_dir.glob("*.seg"))


def test_the_page_has_every_series_from_the_start(tracker: Tracker) -> None:
    families = {family.name for family in text_string_to_metric_families(tracker.client.get("/metrics").text)}

    assert families == {*COUNTS, *SPREADS, *GAUGES}


def test_a_measured_value_is_in_its_bucket_and_all_above() -> None:
    metrics = Metrics()
    for seconds in (0.0005, 0.3, 99):
        metrics.observe("tracking_request_seconds", seconds)

    page = samples(render(metrics.values(), Backlog())[0].decode())

    told = {
        bound: page[f"tracking_request_seconds_bucket{{le={bound}}}"] for bound in ("0.0005", "0.25", "0.5", "+Inf")
    }
    assert told == {"0.0005": 1, "0.25": 1, "0.5": 2, "+Inf": 3}
    assert page["tracking_request_seconds_sum"] == pytest.approx(99.3005)


def test_open_metrics_is_given_where_it_is_asked_for(tracker: Tracker) -> None:
    asked = tracker.client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert asked.content_type.startswith("application/openmetrics-text")
    assert asked.text.endswith("# EOF\n")
    assert tracker.client.get("/metrics").content_type.startswith("text/plain; version=")


def test_processes_on_one_folder_add_up(tmp_path: Path) -> None:
    first, second = make_tracker(tmp_path), make_tracker(tmp_path)
    first.post("/v1/track", CALL)
    second.post("/v1/track", CALL)
    second.collector.store.save()

    assert shown(first)["tracking_events_accepted_total"] == 2
    for tracker in (first, second):
        tracker.collector.spool.close()


def _count_and_die(folder: Path) -> None:
    metrics = Metrics()
    store = MetricsStore(folder, metrics)
    metrics.accepted(5)
    store.save()
    multiprocessing.current_process().kill()


def test_counters_go_on_after_a_kill(tmp_path: Path) -> None:
    for _ in range(3):
        victim = multiprocessing.get_context("fork").Process(target=_count_and_die, args=(tmp_path,))
        victim.start()
        victim.join(20)

    metrics = Metrics()
    store = MetricsStore(tmp_path, metrics)

    assert store.total()["tracking_events_accepted"] == 15
    assert [path.name for path in tmp_path.glob("*.json")] == ["0.json"]
    store.close()


def test_a_damaged_slot_counts_nothing(tmp_path: Path) -> None:
    (tmp_path / "0.json").write_bytes(b"\0" * 40)
    (tmp_path / "7.json").write_text('{"tracking_events_accepted": 2}')

    store = MetricsStore(tmp_path, Metrics())

    assert store.total() == {"tracking_events_accepted": 2}
    store.close()


def test_a_folder_that_cannot_be_made_leaves_the_counters_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    metrics = Metrics()
    store = MetricsStore(tmp_path / "file" / "metrics", metrics)
    metrics.accepted(1)

    store.save()

    assert store.total()["tracking_events_accepted"] == 1
    store.close()


def test_publisher_lags_by_the_oldest_closed_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest_api.backlog.time.time", lambda: 1000.0)
    write_segment(tmp_path, "a", [b"x"], mtime_s=900)
    write_segment(tmp_path, "b", [b"x"], mtime_s=950)
    write_segment(tmp_path, "from_the_future", [b"x"], mtime_s=2000)

    assert measure(tmp_path) == Backlog(segments=3, bytes=3 * 21, oldest_s=100, publisher_lag_s=100)


@pytest.mark.slow
def test_workers_and_publisher_of_a_real_server_add_up(tmp_path: Path) -> None:
    def page() -> dict[str, float]:
        return samples(httpx.get(f"{collector.url}/metrics").text)

    with running_collector(tmp_path, workers=2) as collector:
        for _ in range(60):  # each on a connection of its own, so that both workers get some
            answer = httpx.post(f"{collector.url}/v1/track", content=CALL, headers={"X-Write-Key": "demo"})
            assert answer.status_code == 200
        publish = [sys.executable, "-m", "tracking_pipeline.operations.publisher"]
        publisher = subprocess.Popen(publish, env=environment(collector.data_dir), stdout=subprocess.DEVNULL)
        wait_until(lambda: page()["tracking_published_rows_total"] == 60)
        wait_until(lambda: page()["tracking_events_accepted_total"] == 60)  # each worker writes once a second
        slots = {path.name for path in (collector.data_dir / "metrics").glob("*.json")}
        publisher.terminate()
        publisher.wait(20)

    assert slots == {"0.json", "1.json", "2.json"}
    with running_collector(tmp_path) as collector:
        assert page()["tracking_events_accepted_total"] == 60
