"""A real lake with a few events for a GA4 that runs on this machine, and a clock that pauses in no time."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest_api.partitions import hour_of
from ingest_api.schema import Event
from ingest_api.settings import Settings
from tests.tracking_pipeline.lake.parts import event, new_store, write_part
from tracking_pipeline.delivery.clock import Clock, utc_of
from tracking_pipeline.delivery.destinations import ensure_destination
from tracking_pipeline.delivery.report import DeliveryReport
from tracking_pipeline.delivery.sender import GA4, Limits, deliver
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US


@dataclass
class World:
    """A data folder whose events are for the collect server at ``settings.ga4.endpoint``."""

    store: Store
    settings: Settings
    received_us: int
    ahead_s: float = 0.0
    parts: int = 0

    @property
    def clock(self) -> Clock:
        """The real time, plus what was paused for."""
        return Clock(now=lambda: time.time() + self.ahead_s, pause=self.pause, luck=lambda: 0.9)

    def pause(self, seconds: float) -> None:
        """Let time go by."""
        self.ahead_s += seconds

    def deliver(self, limits: Limits | None = None, name: str = GA4) -> DeliveryReport:
        """Run the sender once; one request at a time unless told otherwise, so that their order is certain."""
        return deliver(self.settings, name, clock=self.clock, limits=limits or Limits(connections=1))

    def load(self, events: Sequence[Event]) -> None:
        """Store events as the publisher and the loader do."""
        self.parts += 1
        write_part(self.store.landing, events, f"part-{self.parts}")
        load_hours(self.store, [hour_of(self.received_us)])

    def click(self, name: str, client: str = "ann", age_us: int = MINUTE_US, **more: object) -> Event:
        """An event received when this world began; its name tells it from all others."""
        fields = {"anonymous_id": client, "user_id": None, "event_name": name, "properties": "{}", **more}
        return event(name, self.received_us, **{"occurred_at": self.received_us - age_us, **fields})

    def states(self) -> dict[str, str]:
        """The state of every event that is for GA4, by the event's name; each stored event is there once."""
        rows = self.store.connection.execute("select event_name, state from delivery_status").fetchall()
        found = Counter(name for name, _ in rows)
        assert set(found.values()) <= {1}, f"an event has two states: {rows}"
        return dict(rows)

    def reasons(self) -> dict[str, tuple[str, str | None]]:
        """State and reason of every event, by its name."""
        rows = self.store.connection.execute("select event_name, state, reason from delivery_status").fetchall()
        return {name: (state, reason) for name, state, reason in rows}

    def stored(self) -> int:
        """How many events the lake holds."""
        row = self.store.connection.execute("select count(*) from events").fetchone()
        return int(row[0]) if row else 0


def new_world(folder: Path, endpoint: str, **settings: object) -> World:
    """Make an empty lake whose GA4 is at ``endpoint`` and takes what was received from an hour ago on."""
    store = new_store(folder)
    mine = Settings(_env_file=None, **{"data_dir": folder, "ga4_endpoint": endpoint, **settings})
    now = time.time()
    ensure_destination(store.connection, mine, utc_of(now - 3600))
    return World(store, mine, int(now * 1e6))


def clicks_of_three(world: World) -> list[Event]:
    """Six events, two each of three clients: three requests, a then b then c."""
    return [
        world.click(f"{client}{number}", client, (10 - place) * MINUTE_US + (2 - number) * SECOND_US)
        for place, client in enumerate("abc")
        for number in (1, 2)
    ]
