"""Replaying refused events: judge them again, publish those that are accepted now. The loader does the rest.

Exactly once: one replay at a time (a lock that the kernel frees), and a row is passed over when its place stands in
``replayed_from`` of a row in the lake or of a file that waits to be loaded. A part file is there whole or not at all.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest_api.disk import locked
from ingest_api.landing import Landing
from ingest_api.partitions import Hour, hour_of
from ingest_api.replay import Again, Kept, Step, publish
from ingest_api.schema import Event
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.replayed import Wanted, replayable
from tracking_pipeline.operations.checks import Refused

PART_EVENTS = 20_000  # of one part file, which is held in memory
LOCK = "replay.lock"


@dataclass(slots=True)
class Replay:
    """What a replay did, or (dry) would do. ``counts``: rows by hour, reason then, and reason now ("" = accepted)."""

    counts: Counter[tuple[Hour, str, str]] = field(default_factory=Counter)
    events: int = 0
    parts: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Rejected rows that are accepted now."""
        return sum(count for (_, _, now), count in self.counts.items() if not now)

    @property
    def kept(self) -> int:
        """Rejected rows that stay as they are."""
        return self.counts.total() - self.accepted


def replay_rejected(
    settings: Settings, wanted: Wanted, *, dry_run: bool = False, step: Step = lambda name: None
) -> Replay:
    """Judge refused events again and publish what is accepted now; with ``dry_run`` only judge.

    Safe to press again, and to kill: what was published is not published again. Raises Refused when another one runs.
    """
    done = Replay()
    with locked(settings.lake_dir / LOCK, blocking=False) as mine:
        if not mine:
            raise Refused("Another replay is at work on this data folder; wait for its end.")
        batch: list[Event] = []
        for events in _accepted(settings, wanted, done):
            done.events += len(events)
            if dry_run:
                continue
            batch += events
            if len(batch) >= PART_EVENTS:
                done.parts.append(publish(Landing(settings.landing_dir), batch, step=step))
                batch = []
        if batch:
            done.parts.append(publish(Landing(settings.landing_dir), batch, step=step))
    return done


def _accepted(settings: Settings, wanted: Wanted, done: Replay) -> Iterator[list[Event]]:
    again = Again(settings)
    with attach.opened(settings, read_only=True) as connection:
        for values in replayable(connection, settings, wanted):
            row = Kept(*values)  # type: ignore[arg-type]  # the columns of sql/replayable.sql, in this order
            verdict = again.judge(row)
            now = verdict if isinstance(verdict, str) else ""
            done.counts[hour_of(row.received_at), row.reason, str(now)] += 1
            if not isinstance(verdict, str):
                yield verdict
