"""Is there anything to deliver? Asked by the schedule every minute: two small files, no lake, nothing heavy."""

import time

from ingest_api.disk import locked
from ingest_api.settings import Settings
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.state import GA4, State
from tracking_pipeline.delivery.targets import targets
from tracking_pipeline.lake.changed import changed_ns

MAX_BACK_OFF_S = 3700  # a wake-up further away comes from a clock that was set back since
LABELS = {GA4: "GA4"}
HEAL_EVERY_S = 3600  # in any case: a crash between a commit and its mark loses the mark


def reason_to_wait(settings: Settings, now: float | None = None, name: str = GA4) -> str | None:
    """Return why no delivery run is needed now, in words for operators; None when one is due."""
    now = time.time() if now is None else now
    if _is_running(settings, name):
        return "A delivery run is under way."
    state = states.load(settings, name)
    if state is None or not state.clean or state.target != targets(settings).get(name):
        return None
    if 0 < state.wake_at - now <= MAX_BACK_OFF_S:
        left_s = state.wake_at - now
        return f"{LABELS.get(name, name)} delivery backs off for {left_s:.0f} s more ({state.pending} events wait)."
    return None if _has_work(settings, state, now) else "Nothing is unsent."


def _has_work(settings: Settings, state: State, now: float) -> bool:
    age_s = abs(now - state.looked_at)  # abs: a clock that was set back must not silence it
    return changed_ns(settings) != state.seen_changed_ns or state.pending > 0 or age_s > HEAL_EVERY_S


def _is_running(settings: Settings, name: str) -> bool:
    path = states.lock_path(settings, name)
    if not path.exists():
        return False
    with locked(path, blocking=False) as is_free:
        return not is_free
