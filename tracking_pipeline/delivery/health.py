"""When to go on, to wait and to stop: the destination's back-off, from its outcomes in a row. Pure functions."""

from dataclasses import dataclass

from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.state import Health

STOP_AFTER = 3  # unknown outcomes, or rejections, in a row
FIRST_WAIT_S = 1.0
MAX_WAIT_S = 900.0
MAX_RETRY_AFTER_S = 3600.0  # a longer wish is asked again: one wrong header must not outlast the 72 hours
CONFIGURATION_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Advice:
    """Wait so long before the next request; ``stop`` says why the run should end (None: it need not)."""

    wait_s: float = 0.0
    stop: str | None = None


def after(health: Health, outcome: Outcome) -> Health:
    """Return the counts after one more outcome: it extends its own row and ends the others."""
    if outcome.state == "retry":
        return Health(refusals=health.refusals + 1)
    if outcome.state == "uncertain":
        return Health(unknowns=health.unknowns + 1)
    if outcome.state == "dead":
        return Health(rejections=health.rejections + 1)
    return Health()


def is_probing(health: Health) -> bool:
    """Tell whether only one event may be risked: the destination has not taken one since it was given up on."""
    return health.unknowns >= STOP_AFTER or rejects_all(health)


def rejects_all(health: Health) -> bool:
    """Tell whether the settings are to blame and not the requests: that many in a row were rejected."""
    return health.rejections >= STOP_AFTER


def advice(health: Health, outcome: Outcome, luck: float, label: str = "GA4") -> Advice:
    """Say what to do after an outcome that is already counted in ``health``; ``luck`` is random in [0, 1)."""
    if rejects_all(health):
        over = health.rejections - STOP_AFTER
        wait_s = min(MAX_WAIT_S, CONFIGURATION_WAIT_S * 2.0 ** min(over, 10))
        return Advice(wait_s, f"{label} rejects requests ({outcome.reason}): check endpoint and settings")
    if health.unknowns >= STOP_AFTER:
        return Advice(_jittered(health.unknowns, luck), f"outcomes are unknown ({outcome.reason}): probing later")
    if health.refusals:
        asked_s = min(outcome.retry_after_s or 0.0, MAX_RETRY_AFTER_S)
        return Advice(max(_jittered(health.refusals, luck), asked_s))
    return Advice()


def _jittered(tries: int, luck: float) -> float:
    """Exponential with full jitter, 1 s to 15 min."""
    ceiling_s = min(MAX_WAIT_S, FIRST_WAIT_S * 2.0 ** min(tries, 20))
    return max(FIRST_WAIT_S, luck * ceiling_s)
