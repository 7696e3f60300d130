"""The publisher: closed spool segments → part files of the landing zone. Its own process, one a data folder.

Every step can be repeated: sync the segments, write the plan, write each part aside, link it into place,
check the footers' sums against the plan, remove the segments, remove the plan. A publisher that finds a plan
carries it out before it makes a new one, so the same segments always become the same files.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ingest_api import plan as plans
from ingest_api.arrow import META_RECEIVED
from ingest_api.disk import Disk, locked
from ingest_api.landing import Landing
from ingest_api.metrics import Metrics
from ingest_api.pace import SLICE_ROWS, Pace
from ingest_api.partitions import KINDS
from ingest_api.plan import Plan, Segment
from ingest_api.segments import SUFFIX, abandoned, closed_segments

log = logging.getLogger(__name__)

PLAN_NAME = "plan.json"
BAD_FOLDER = "bad"
POLL_S = 0.1
MAX_PAUSE_S = 5.0
ABANDONED_AFTER_S = 60.0
KEEPS_UP_BYTES = 4 << 20  # of closed segments at once; two workers at full rate fill as much in half a second
ROW_GROUP_ROWS = 122_880  # what DuckDB itself writes: one unit of work for its readers
Step = Callable[[str], None]


class PublisherStopped(Exception):
    """What is on disk contradicts the plan; a person must look. The message says what to look at."""


class Publisher:
    """Publishes one spool folder into one landing zone.

    ``step`` is called before each step (for drills). While it keeps up it rests between slices of its work.
    """

    def __init__(
        self,
        spool: Path,
        landing: Landing,
        *,
        disk: Disk | None = None,
        step: Step | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._spool = spool
        self.pace = Pace()
        self._metrics = metrics or Metrics()
        self._landing = landing
        self._disk = disk or Disk()
        self._called = step or (lambda name: None)
        self._plan_path = spool / PLAN_NAME
        self._unreadable: set[Path] = set()

    def prepare(self) -> None:
        """Make the folders, clear what an earlier life left half written, make its plan's name durable."""
        self._disk.make_dirs(self._spool / BAD_FOLDER, within=self._spool)
        self._landing.make()
        for kind in KINDS:
            for leftover in self._landing.staging(kind).iterdir():
                self._disk.unlink(leftover)
        for leftover in (*abandoned(self._spool, ABANDONED_AFTER_S), *self._spool.glob(f".*{SUFFIX}.tmp")):
            self._disk.unlink(leftover)
        self._disk.sync_dir(self._spool)

    def publish_once(self) -> int:
        """Carry out the plan that is there, or make one of the closed segments; return the rows published.

        Raises PublisherStopped when what is on disk contradicts the plan, OSError when trying again may help.
        """
        started = time.monotonic()
        plan, tables = self._found_plan(), None
        if plan is None:
            segments = self._read_closed()
            if not segments:
                return 0
            converted = plans.convert(segments, pace=self.pace)
            plan = plans.make(segments, converted)
            tables = plans.named(plan, converted)
            self._step("plan")
            self._disk.replace(self._plan_path, msgspec.json.encode(plan))
        self._make_parts(plan, tables)
        self._step("check sums")
        self._check_sums(plan)
        self._remove(plan)
        self._metrics.published(time.monotonic() - started, plan.records, len(plan.parts))
        log.info("published rows=%s parts=%s segments=%s", plan.records, len(plan.parts), len(plan.segments))
        return plan.records

    def _step(self, name: str) -> None:
        """Rest before a step: most of them sync, and an answer that waits for its own sync waits for ours."""
        self.pace.worked(SLICE_ROWS)
        self._called(name)

    def _found_plan(self) -> Plan | None:
        try:
            return msgspec.json.decode(self._disk.read(self._plan_path), type=Plan)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise PublisherStopped(f"{self._plan_path} is damaged ({error}); move it away to continue") from error

    def _read_closed(self) -> list[Segment]:
        """Read closed segments, synced first. One that cannot be read stays for later; the others go on."""
        segments = []
        chosen = plans.choose(closed_segments(self._spool))
        self.pace.rests = sum(path.stat().st_size for path in chosen) <= KEEPS_UP_BYTES
        for path in chosen:
            try:
                self._make_durable(path)
                segment = plans.read_segment(self._disk, path, pace=self.pace)
            except OSError as error:
                if path not in self._unreadable:
                    log.error("segment cannot be read, it stays name=%s errno=%s", path.name, error.errno)
                self._unreadable.add(path)
                continue
            self._keep_damaged(path, segment)
            segments.append(segment)
        return segments

    def _make_durable(self, path: Path) -> None:
        """Sync a segment; write it anew if that failed before: a second fsync says yes to what no disk holds."""
        if path in self._unreadable:
            self._disk.replace(path, self._disk.read(path))
            self._unreadable.remove(path)
        else:
            self._disk.sync_file(path)

    def _keep_damaged(self, path: Path, segment: Segment) -> None:
        """Copy damaged bytes that have sound frames behind them: they may have been acknowledged."""
        for start, data in segment.damaged:
            log.error("segment damaged name=%s from=%s bytes=%s", path.name, start, len(data))
            copy = self._spool / BAD_FOLDER / f"{path.stem}-{start}-{len(data)}.bin"
            self._disk.replace(copy, data)

    def _make_parts(self, plan: Plan, tables: dict[str, pa.Table] | None) -> None:
        """Publish each part that is not there; read the segments again if an earlier life made the plan."""
        absent = [part for part in plan.parts if not self._landing.settle(part.path)]
        if tables is None and absent:
            tables = self._tables_again(plan, absent[0].path)
        for part in absent:
            aside = self._landing.staging(part.kind) / part.path.rpartition("/")[2]
            self._step(f"write {part.kind}")
            self._disk.write_aside(aside, parquet((tables or {})[part.path]))
            self._step(f"link {part.kind}")
            self._landing.publish(aside, part.path)
            self._disk.unlink(aside)

    def _tables_again(self, plan: Plan, absent: str) -> dict[str, pa.Table]:
        """Convert a plan's segments again. They must be what they were when the plan was made."""
        missing = [line.name for line in plan.segments if not (self._spool / line.name).exists()]
        if missing:
            raise PublisherStopped(
                f"part {absent} and its segments {', '.join(missing)} are both missing; restore either from"
                f" a backup, or move {self._plan_path} away to give those events up"
            )
        segments = [plans.read_segment(self._disk, self._spool / line.name, line) for line in plan.segments]
        tables = plans.convert(segments)
        if plans.make(segments, tables) != plan:
            raise PublisherStopped(
                f"the segments of {self._plan_path} are not what they were when it was made, and part {absent}"
                f" is missing; restore them from a backup, or move the plan away to publish what they hold now"
            )
        return plans.named(plan, tables)

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
        self._step("sync spool")
        self._disk.sync_dir(self._spool)
        self._step("unlink plan")
        self._disk.unlink(self._plan_path)
        self._disk.sync_dir(self._spool)


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


def run(
    spool: Path,
    landing: Landing,
    lock_path: Path,
    *,
    stop: Callable[[], bool] = lambda: False,
    metrics: Metrics | None = None,
) -> None:
    """Publish until ``stop`` says so. Raises PublisherStopped when another runs, or a person must look."""
    metrics = metrics or Metrics()
    with locked(lock_path, blocking=False) as mine:
        if not mine:
            raise PublisherStopped(f"another publisher works on {spool}; stop it first")
        publisher = Publisher(spool, landing, metrics=metrics)
        publisher.prepare()
        pause_s = POLL_S
        while not stop():
            try:
                if publisher.publish_once():
                    continue
                pause_s = POLL_S
            except OSError as error:
                pause_s = min(pause_s * 2, MAX_PAUSE_S)
                metrics.add("tracking_publish_failures")
                log.error("publish failed, trying again errno=%s", error.errno)
            time.sleep(pause_s)


def parquet(table: pa.Table) -> bytes:
    """Return the table as the bytes of a part file."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
        writer.add_key_value_metadata(table.schema.metadata)
    data: bytes = sink.getvalue().to_pybytes()
    return data
