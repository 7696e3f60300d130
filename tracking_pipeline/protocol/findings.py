"""What the rules found in one request, and what that means for each of its events."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracking_pipeline.protocol.limits import MAX_AGE_US
from tracking_pipeline.protocol.payload import Event, Payload
from tracking_pipeline.protocol.rules import RULES, Rule

Place = tuple[str | int, ...]  # the way to a value: ("events", 0, "params", "x")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault; ``event`` is the index of the event it concerns, None for the whole request.

    ``field_path`` is what the validation server would show, ``place`` where it stands in the body.
    """

    rule_id: str
    description: str
    field_path: str | None = None
    event: int | None = None
    place: Place = ()

    @property
    def rule(self) -> Rule:
        """The rule that is broken."""
        return RULES[self.rule_id]

    @property
    def with_cure(self) -> str:
        """What is wrong and what to do about it, for a person."""
        return f"{self.description} → {self.rule.cure}" if self.rule.cure else self.description

    @property
    def message(self) -> Mapping[str, str]:
        """The validation server's form of it; ``fieldPath`` may be absent there (observed)."""
        path = {"fieldPath": self.field_path} if self.field_path else {}
        return {**path, "description": self.description, "validationCode": self.rule.code}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one request; ``payload`` is None when the body could not be read at all."""

    payload: Payload | None
    findings: tuple[Finding, ...]
    judged_at: int

    @property
    def messages(self) -> list[Mapping[str, str]]:
        """What ``/debug/mp/collect`` says: malformed first, then what ENFORCE adds, each in the order of the checks.

        Google's own example shows a bad event name alone, though its client_id breaks the strict form as well.
        """
        refusing = [finding for finding in self.findings if self._refuses(finding)]
        return [finding.message for finding in sorted(refusing, key=lambda each: each.rule.level != "malformed")]

    def refusals(self, event: int | None) -> list[str]:
        """Say why GA4 would drop this event (None: the whole request), and the cure; empty when it is kept."""
        return [f.with_cure for f in self.findings if f.event in (event, None) and self._refuses(f)]

    def remarks(self, event: int) -> list[str]:
        """Say what GA4 would change or miss in an event that it keeps, and the cure."""
        return [f.with_cure for f in self.findings if f.event in (event, None) and not self._refuses(f)]

    def _refuses(self, finding: Finding) -> bool:
        enforced = self.payload is not None and self.payload.enforced
        level = finding.rule.level
        return level == "malformed" or (level == "enforced" and enforced)


def sent_time(payload: Payload, event: Event, received_at: int) -> int:
    """Return the time an event claims, microseconds: its own, else the request's, else that of receipt."""
    return event.timestamp_micros or payload.timestamp_micros or received_at


def effective_time(payload: Payload, event: Event, received_at: int) -> int:
    """Return the time GA4 books an event at: what is older than 72 h is moved to exactly 72 h ago.

    https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events (RELAXED).
    """
    return max(sent_time(payload, event, received_at), received_at - MAX_AGE_US)
