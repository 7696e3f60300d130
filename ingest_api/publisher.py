"""The publisher: closed spool segments → part files of the landing zone. Its own process, one a data folder.

Every step can be repeated: sync the segments, write the plan, write each part aside, link it into place, check
the footers' sums against the plan, remove the segments, remove the plan. A publisher that finds a plan carries it
out before it makes a new one, so the same segments always become the same files.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ingest_api import plan as plans
from ingest_api.arrow import META_RECEIVED, to_table
from ingest_api.disk import Disk, locked
from ingest_api.landing import Landing
from ingest_api.plan import Groups, Plan
from ingest_api.spool import closed_segments

log = logging.getLogger(__name__)

PLAN_NAME = "plan.json"
POLL_S = 0.1
ROW_GROUP_ROWS = 122_880  # what DuckDB itself writes: one unit of work for its readers
Step = Callable[[str], None]


class PublisherStopped(Exception):
    """What is on disk contradicts the plan; a person must look. The message says what to look at."""


class Publisher:
    """Publishes one spool folder into one landing zone. ``step`` is called before each step (crash drills)."""

    def __init__(
        self, spool: Path, landing: Landing, *, disk: Disk | None = None, step: Step | None = None
    ) -> None:
        self._spool = spool
        self._landing = landing
        self._disk = disk or Disk()
        self._step = step or (lambda name: None)
        self._plan_path = spool / PLAN_NAME

    def prepare(self) -> None:
        """Make the folders and clear what an earlier life left half written."""
        self._disk.make_dirs(self._spool / "bad")
        self._landing.make()
        for folder in (self._landing.staging("events"), self._landing.staging("rejected")):
            for leftover in folder.iterdir():
                self._disk.unlink(leftover)

    def publish_once(self) -> int:
        """Carry out the plan that is there, or make one of the closed segments; return the rows published."""
        plan = self._found_plan()
        if plan is None:
            plan = self._new_plan()
        if plan is None:
            return 0
        self._carry_out(plan, *plan_groups(self._spool, plan))
        log.info("published rows=%s parts=%s segments=%s", plan.records, len(plan.parts), len(plan.segments))
        return plan.records

    def _found_plan(self) -> Plan | None:
        try:
            return msgspec.json.decode(self._plan_path.read_bytes(), type=Plan)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise PublisherStopped(
                f"{self._plan_path} is damaged ({error}); move it away to continue"
            ) from error

    def _new_plan(self) -> Plan | None:
        chosen = plans.choose(closed_segments(self._spool))
        segments, payloads = [], []
        for path in chosen:
            self._disk.sync_file(path)
            segment, contents = plans.read_segment(path)
            self._keep_damaged(path, contents.damaged)
            segments.append(segment)
            payloads += contents.payloads
        if not segments:
            return None
        plan = plans.make(segments, plans.convert(payloads))
        self._step("plan")
        self._disk.replace(self._plan_path, msgspec.json.encode(plan))
        return plan

    def _keep_damaged(self, path: Path, damaged: list[tuple[int, int]]) -> None:
        """Copy damaged bytes that have sound frames behind them: they may have been acknowledged."""
        for start, end in damaged:
            log.error("segment damaged name=%s from=%s to=%s", path.name, start, end)
            copy = self._spool / "bad" / f"{path.stem}-{start}-{end}.bin"
            self._disk.replace(copy, path.read_bytes()[start:end])

    def _carry_out(self, plan: Plan, groups: Groups | None, missing: list[str]) -> None:
        rows_of = dict(zip((part.path for part in plan.parts), _rows_in_order(groups), strict=False))
        for part in plan.parts:
            if self._landing.exists(part.path):
                continue
            if missing:
                raise PublisherStopped(
                    f"part {part.path} and its segments {', '.join(missing)} are both missing; restore either from a"
                    f" backup, or move {self._plan_path} away to give those events up"
                )
            aside = self._landing.staging(part.kind) / part.path.rpartition("/")[2]
            self._step(f"write {part.kind}")
            table = to_table(part.kind, rows_of[part.path], received=part.rows, plan=plan.digest)
            self._write(aside, table)
            self._step(f"link {part.kind}")
            self._landing.publish(aside, part.path)
            self._disk.unlink(aside)
        self._check_sums(plan)
        self._remove(plan)

    def _write(self, aside: Path, table: pa.Table) -> None:
        sink = pa.BufferOutputStream()
        with pq.ParquetWriter(sink, table.schema, compression="zstd", store_schema=False) as writer:
            writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
            writer.add_key_value_metadata(table.schema.metadata)
        self._disk.write_aside(aside, sink.getvalue().to_pybytes())

    def _check_sums(self, plan: Plan) -> None:
        received = sum(received_in(self._landing.absolute(part.path)) for part in plan.parts)
        if received != plan.records:
            raise PublisherStopped(
                f"the parts of {self._plan_path} hold {received} rows, its segments {plan.records}; nothing was deleted"
            )

    def _remove(self, plan: Plan) -> None:
        for segment in plan.segments:
            self._step("unlink segment")
            self._disk.unlink(self._spool / segment.name)
        self._disk.sync_dir(self._spool)
        self._step("unlink plan")
        self._disk.unlink(self._plan_path)
        self._disk.sync_dir(self._spool)


def plan_groups(spool: Path, plan: Plan) -> tuple[Groups | None, list[str]]:
    """Read a plan's segments again, up to their planned lengths; with the names of those that are gone."""
    payloads: list[bytes] = []
    missing = []
    for segment in plan.segments:
        path = spool / segment.name
        if not path.exists():
            missing.append(segment.name)
            continue
        payloads += plans.read_segment(path, segment.valid_bytes)[1].payloads
    return (None if missing else plans.convert(payloads)), missing


def received_in(path: Path) -> int:
    """Count of spool records that a part file's footer carries. Raises PublisherStopped if it has none."""
    try:
        footer = pq.read_metadata(path)
        received = int((footer.metadata or {})[META_RECEIVED])
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise PublisherStopped(
            f"part {path} is not readable ({error}); remove it and start the publisher again"
        ) from error
    if received != footer.num_rows:
        raise PublisherStopped(f"part {path} says {received} received and holds {footer.num_rows} rows")
    return received


def _rows_in_order(groups: Groups | None) -> list[list[plans.Row]]:
    return [rows for _, rows in sorted((groups or {}).items())]


def run(spool: Path, landing: Landing, lock_path: Path, *, stop: Callable[[], bool] = lambda: False) -> None:
    """Publish until ``stop`` says so. Raises PublisherStopped when another one runs, or a person must look."""
    with locked(lock_path, blocking=False) as mine:
        if not mine:
            raise PublisherStopped(f"another publisher works on {spool}; stop it first")
        publisher = Publisher(spool, landing)
        publisher.prepare()
        while not stop():
            try:
                busy = publisher.publish_once()
            except OSError as error:
                log.error("publish failed, trying again errno=%s file=%s", error.errno, error.filename)
                busy = 0
            if not busy:
                time.sleep(POLL_S)
