"""Logs are one JSON object a line, and hold nothing that a client sent, no key and no address."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest_api import frames
from ingest_api.logs import JsonLines
from tests.crash.records import encode, event, write_segment
from tests.ports import free_port
from tests.support import environment, settings_in, wait_until
from tracking_pipeline.operations import parts

CANARY = "canary7f3a"
ADDRESS = "198.51.100.77"


def line_of(message: Any, *args: object, error: BaseException | None = None) -> dict[str, Any]:
    """Format one record and read it back."""
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("ingest_api.spool", logging.ERROR, __file__, 1, message, args, info)
    line: dict[str, Any] = json.loads(JsonLines().format(record))
    assert line.pop("at").endswith("+00:00")
    assert line.pop("pid") > 0
    assert (line.pop("level"), line.pop("logger")) == ("ERROR", "ingest_api.spool")
    return line


LINES = {
    "text": (("nothing to add",), {"event": "nothing to add"}),
    "fields": (("published rows=%s parts=%s", 7, 2), {"event": "published", "rows": 7, "parts": 2}),
    "field_that_is_no_json": (("x path=%s", Path("/a")), {"event": "x", "path": "/a"}),
    "no_fields": (("stopped: %s", "look"), {"event": "stopped: look"}),
    "mixed": (("stopped n=%s: %s", 1, "look"), {"event": "stopped n=1: look"}),
    "no_text": ((ValueError("x"),), {"event": "x"}),
    "line_breaks": (("a\nb %s", "c\nd"), {"event": "a\nb c\nd"}),
}


@pytest.mark.parametrize(("message", "expected"), LINES.values(), ids=LINES)
def test_a_record_is_one_object(message: tuple[Any, ...], expected: dict[str, object]) -> None:
    assert line_of(*message) == expected


def test_an_exception_gives_its_type_and_place_and_not_its_text() -> None:
    try:
        raise ValueError(f"cannot read {CANARY}")
    except ValueError as error:
        line = line_of("request failed path=%s", "/v1/track", error=error)

    assert (line["event"], line["path"], line["error"]) == ("request failed", "/v1/track", "ValueError")
    assert line["where"][0].startswith("test_logs.py:")
    assert CANARY not in json.dumps(line)


def provoke(url: str) -> list[int]:
    """Send the canary in every place that a client can fill, in ways that are accepted, refused and broken."""
    key = {"X-Write-Key": f"key{CANARY}"}
    call = {"userId": CANARY, "event": CANARY, "properties": {CANARY: CANARY}, "context": {"ip": ADDRESS}}
    headers = {
        "User-Agent": CANARY,
        "Cookie": f"_tid={CANARY}; _ga={CANARY}",
        "Referer": f"https://{CANARY}.example/",
        "X-Forwarded-For": ADDRESS,
    }
    with httpx.Client(base_url=url, headers=headers) as client:
        answers = [
            client.post("/v1/track", json=call, headers=key),
            client.post(f"/v1/track?writeKey=wrong{CANARY}", json=call),
            client.post("/v1/track", content=f'{{"{CANARY}": 1e999}}', headers=key),
            client.post("/v1/track", content=CANARY, headers={**key, "Content-Encoding": CANARY}),
            client.post("/v1/batch", content=f"\x1f\x8b{CANARY}", headers=key),
            client.get(f"/{CANARY}"),
            client.get(f"/v1/projects/key{CANARY}/settings"),
            client.request(CANARY.upper(), "/v1/track"),
        ]
    return [answer.status_code for answer in answers]


def spoil(spool: Path) -> None:
    """Put records into the spool that cannot become rows, and damage."""
    bad = encode({"kind": "x", "source": CANARY, "received_at": 1})
    segment = write_segment(spool, "f" * 32, [event(1, message_id=CANARY), event(2, event_id=CANARY.encode()), bad])
    data = bytearray(segment.read_bytes())
    data[frames.HEADER_BYTES + 5] ^= 1
    segment.write_bytes(data)


@pytest.mark.slow
def test_logs_of_collector_granian_and_publisher_are_json_without_a_canary(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data", port=free_port(), write_keys=f"site:key{CANARY}")
    env = environment(settings.data_dir, TRACKING_WRITE_KEYS=settings.write_keys)
    log = tmp_path / "log"
    with log.open("ab") as file:
        collector, publisher = (
            subprocess.Popen(part.command, env=env, stdout=file, stderr=file)
            for part in (parts.collector(settings), parts.publisher())
        )
    try:
        wait_until(lambda: "Started worker-1" in log.read_text())
        wait_until(lambda: _answers(settings.collector_url))
        statuses = provoke(settings.collector_url)
        spoil(settings.spool_dir)
        wait_until(lambda: not any(settings.spool_dir.glob("*.seg")))
    finally:
        for process in (collector, publisher):
            process.terminate()
            process.wait(20)

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert statuses[0] == 200
    assert {400, 401, 404, 405} <= set(statuses)
    assert {"_granian", "ingest_api.publisher", "ingest_api.plan"} <= {line["logger"] for line in lines}
    assert {"published", "segment damaged", "record cannot become a row"} <= {line["event"] for line in lines}
    assert all(line.keys() >= {"at", "level", "logger", "pid", "event"} for line in lines)
    assert CANARY not in log.read_text().lower()
    assert ADDRESS not in log.read_text()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live").status_code == 200
    except httpx.HTTPError:
        return False


def test_the_publisher_logs_json_when_it_must_stop(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    settings.spool_dir.mkdir(parents=True)
    (settings.spool_dir / "plan.json").write_text("{")
    program = "import tracking_pipeline.operations.publisher as p, sys; p.LOOK_AGAIN_S = 0; sys.exit(p.main())"

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(settings.data_dir),
        capture_output=True,
        check=False,
        timeout=60,
    )

    (line,) = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, line["level"]) == (3, "ERROR")
    assert "plan.json is damaged" in line["event"]
    assert done.stderr == b""
