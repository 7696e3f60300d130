"""What one delivery run did, as counts of events; shown in Dagster."""

from dataclasses import dataclass


@dataclass(slots=True)
class DeliveryReport:
    """Events by the state they came to in this run; ``stopped_reason`` is None when nothing is left to send."""

    sent: int = 0
    retry: int = 0
    uncertain: int = 0
    dead: int = 0
    suppressed: int = 0
    unsent: int = 0
    requests: int = 0
    leased: int = 0
    recovered: int = 0
    pending: int = 0
    expiring: int = 0  # of those pending, within 12 hours
    stopped_reason: str | None = None

    def count(self, state: str) -> None:
        """Count one event that came to a state."""
        setattr(self, state, getattr(self, state) + 1)
