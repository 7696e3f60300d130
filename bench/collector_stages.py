"""What one event costs the collector's worker, stage by stage: each timed alone, in this process, CPU only."""

import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import echo, http_load
from ingest_api import frames, posts, records
from ingest_api.app import create_app
from ingest_api.dialects import segment
from ingest_api.disk import Disk
from ingest_api.metrics import Metrics
from ingest_api.receipt import Receipt
from ingest_api.room import Limits
from ingest_api.settings import Settings
from ingest_api.spool import Spool

ROUNDS = 2000


def stages(data_dir: Path) -> dict[str, float]:
    """Return microseconds of CPU by stage."""
    settings = Settings(_env_file=None, data_dir=data_dir, write_keys="demo")
    bare = echo.create_app()
    body = http_load.event(1).partition(b"\r\n\r\n")[2]
    receipt = Receipt(received_at=time.time_ns() // 1000, source="default", path="/v1/track", device_id="x")
    rows = posts.rows(segment.parse_single(body, call_type="track"), receipt)
    (record,) = records.encode(rows)
    spool = Spool(data_dir / "spool", Limits(60))
    unsynced = Spool(data_dir / "spool", Limits(60), disk=_Unsynced())
    metrics = Metrics()
    quick = create_app(settings)
    object.__setattr__(quick.extensions["collector"], "spool", unsynced)
    return {
        "echo: whole WSGI call": _us(lambda: _call(bare, body)),
        "collector: whole WSGI call, without fdatasync": _us(lambda: _call(quick, body)),
        "  parse and judge the event": _us(lambda: posts.rows(segment.parse_single(body, call_type="track"), receipt)),
        "  encode the record": _us(lambda: records.encode(rows)),
        "  frame it (CRC32C)": _us(lambda: frames.encode(record, 1)),
        "  group commit and write, without fdatasync": _us(lambda: unsynced.append([record])),
        "  count it (metrics)": _us(lambda: _count(metrics)),
        "one fdatasync, shared by all who wait": _us(lambda: spool.append([record]))
        - _us(lambda: unsynced.append([record])),
    }


class _Unsynced(Disk):
    """A disk whose appends are not made durable, to see what that alone costs."""

    def append(self, fd: int, data: bytes) -> None:
        os.write(fd, data)


def _count(metrics: Metrics) -> None:
    """What the metrics cost a request that leads a commit of its own: more than most."""
    metrics.accepted(1)
    metrics.committed(0.002, 1)
    metrics.posted(0.003, 700)
    metrics.add("tracking_requests", "ok")


def _us(call: Callable[[], object]) -> float:
    for _ in range(ROUNDS // 10):
        call()
    started = time.process_time()
    for _ in range(ROUNDS):
        call()
    return (time.process_time() - started) / ROUNDS * 1e6


def _call(app: Any, body: bytes) -> None:
    environ = {
        **{"REQUEST_METHOD": "POST", "PATH_INFO": "/v1/track", "SCRIPT_NAME": "", "QUERY_STRING": ""},
        **{"SERVER_NAME": "x", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1"},
        **{"wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO()},
        **{"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "text/plain", "HTTP_HOST": "x"},
        **{"HTTP_X_WRITE_KEY": "demo", "HTTP_ORIGIN": "https://shop.example", "HTTP_USER_AGENT": "Mozilla/5.0"},
        "HTTP_COOKIE": "_tid=8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11",
    }
    answer = app(environ, lambda status, headers, exc_info=None: None)
    b"".join(answer)
    getattr(answer, "close", bool)()
