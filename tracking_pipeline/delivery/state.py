"""What a sender remembers between runs, in ``delivery/<destination>.json``: small, replaced atomically, never a truth.

Losing it costs a look at everything, never an event. Imports nothing heavy: the schedule reads it every minute.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ingest_api.disk import Disk
from ingest_api.settings import Settings

GA4 = "ga4"


@dataclass(frozen=True, slots=True)
class Health:
    """How the destination answered lately: each count is of outcomes of that kind in a row."""

    refusals: int = 0  # 429, 503, no connection: nothing was taken
    unknowns: int = 0  # stalled or broken after the bytes left
    rejections: int = 0  # 4xx: the requests themselves are wrong


@dataclass(frozen=True, slots=True)
class State:
    """The sender's memory. ``clean``: its last run left no open lease."""

    target: str
    clean: bool
    seen_changed_ns: int = 0
    looked_at: float = 0.0
    pending: int = 0
    wake_at: float = 0.0
    health: Health = Health()
    last_load_id: int | None = None  # the newest transaction of this sender, to notice a restored catalog
    last_recorded_at: str | None = None
    settled_load_id: int = 0  # events written up to this transaction are settled; never above last_load_id


def load(settings: Settings, name: str = GA4) -> State | None:
    """Return the state; None when there is none, or none that can be read."""
    try:
        found = json.loads(_path(settings, name).read_bytes())
        health = Health(**found.pop("health"))
        names = {field.name for field in fields(State)}
        return State(health=health, **{key: value for key, value in found.items() if key in names})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def save(settings: Settings, state: State, name: str = GA4) -> None:
    """Replace the state; durable on return."""
    Disk().replace(_path(settings, name), json.dumps(asdict(state)).encode())


def lock_path(settings: Settings, name: str = GA4) -> Path:
    """The lock that the destination's only sender holds for its whole run."""
    return settings.delivery_dir / f"{name}.lock"


def journal_dir(settings: Settings, name: str = GA4) -> Path:
    """Where the send journals lie."""
    return settings.delivery_dir / name


def _path(settings: Settings, name: str) -> Path:
    return settings.delivery_dir / f"{name}.json"
