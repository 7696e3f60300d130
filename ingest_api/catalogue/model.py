"""The catalogue as types: what an event may carry, and who may see it. Pure data; imports nothing heavy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a parameter's value is in JSON. ``null`` is allowed everywhere: it means absent."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"  # a number, or a number written as text so that no digit is lost
    DIGITS = "digits"  # an amount in base units: digits as text, never a number
    BOOLEAN = "boolean"
    SCALAR = "scalar"  # text, number or boolean: what a site sends without saying which
    LIST = "list"
    OBJECT = "object"


class Privacy(StrEnum):
    """Who may see a parameter, from everyone to nobody outside the lake."""

    PUBLIC = "public"  # says nothing about a person: forwarded, masked by shape all the same
    PSEUDONYMOUS = "pseudonymous"  # ties events together, names nobody: forwarded, address-like values masked
    PERSONAL = "personal"  # says who somebody is, or what they typed: stays, and goes with an erasure
    NEVER = "never"  # leads to a wallet, or is of no use elsewhere: stays in the lake's own JSON


class Dedupe(StrEnum):
    """When the adapters count an act that is reported again."""

    EACH = "each"  # every report is an act
    CHANGE = "change"  # not while it repeats the one before
    PAUSE = "pause"  # the last of a burst, once it pauses
    PER = "per"  # once for the same values of ``by``
    FINAL = "final"  # one final state per attempt of an execution


FORWARDED = frozenset({Privacy.PUBLIC, Privacy.PSEUDONYMOUS})


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: the same name, type and privacy in every event."""

    name: str
    kind: Kind
    privacy: Privacy
    ga4: str
    about: str = ""
    values: frozenset[str] = frozenset()  # all that it may be; empty: anything of its kind
    jumper: tuple[str, ...] = ()  # what jumper.exchange calls it

    @property
    def is_forwarded(self) -> bool:
        """Whether a destination may have it."""
        return self.privacy in FORWARDED


@dataclass(frozen=True, slots=True)
class EventPlan:
    """One event: its name everywhere, and its parameters in GA4's order of priority."""

    name: str
    ga4: str
    section: str
    about: str
    params: tuple[str, ...]
    dedupe: Dedupe
    by: tuple[str, ...] = ()
    private: bool = False  # a private variant of the widget reports it
    since: int = 1  # the catalogue's version that brought it
    widget: tuple[str, ...] = ()  # what the widget's emitter calls it
    jumper: tuple[str, ...] = ()  # what jumper.exchange calls it


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All events and parameters; ``common`` are the parameters that any event may have, last in priority."""

    version: int
    params: Mapping[str, Param]
    events: Mapping[str, EventPlan]
    common: tuple[str, ...]
