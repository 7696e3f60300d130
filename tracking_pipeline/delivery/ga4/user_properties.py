"""Traits → GA4's user properties, and which of them ride on which event. Pure functions.

An identify call has no event at GA4: what it says of a user rides on the requests of its session from then on, else on
that of the event before it, and so does ``context.traits`` of an event. What says who somebody is stays here, whatever
its value looks like.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from ingest_api import masking
from ingest_api.param_names import param_rule
from tracking_pipeline.delivery.ga4 import names, rules
from tracking_pipeline.delivery.ga4.fixes import fix
from tracking_pipeline.delivery.ga4.mapping import micros
from tracking_pipeline.delivery.ga4.values import Scalar, parse_properties, scalar
from tracking_pipeline.delivery.parcel import Properties
from tracking_pipeline.delivery.planned import Planned
from tracking_pipeline.delivery.sessions import Member

# Of Segment's reserved traits those that tell a person (https://segment.com/docs/connections/spec/identify/), and
# their like; names without case, `_` and `-`.
PERSONAL = frozenset(
    {
        "age", "avatar", "birthday", "bio", "city", "dateofbirth", "description", "displayname", "dob", "ens",
        "ensname",
        "gender", "handle", "id", "ip", "login", "name", "nickname", "postalcode", "sex", "street", "surname", "title",
        "url", "username", "userid", "website", "zip",
    }
)  # fmt: skip
CACHED = 1024


@dataclass(frozen=True, slots=True)
class Ride:
    """What rides on one event: properties with the time they were set (µs), and what was changed of them."""

    properties: Properties = field(default_factory=dict)
    fixes: tuple[str, ...] = ()


NONE = Ride()


def rides(leaving: Sequence[Planned], members: Sequence[Member]) -> dict[str, Ride]:
    """Return what rides on each event that leaves; an event on which nothing does is not there.

    ``members`` come in order of time within each session; those of identify calls carry traits. What nothing that
    leaves can carry is under the id of the last identify call that said it.
    """
    ids = {one.event.event_id for one in leaving}
    found: dict[str, Ride] = {}
    for _, of_session in itertools.groupby(members, key=lambda member: member.session):
        found |= _rides(ids, of_session)
    for one in leaving:
        if one.traits:
            ride = found.get(one.event.event_id, NONE)
            merged, fixes = _with(ride.properties, one.traits, micros(one.event.occurred_at))
            found[one.event.event_id] = Ride(merged, ride.fixes + fixes)
    return found


def _rides(leaving: Set[str], members: Iterable[Member]) -> dict[str, Ride]:
    """Let what the identify calls of one session say ride on all events after them, else on the one before."""
    found: dict[str, Ride] = {}
    riding, fixes = NONE.properties, NONE.fixes
    carrier, waiting = "", ""
    for member in members:
        if member.traits:
            riding, changed = _with(riding, member.traits, micros(member.occurred_at))
            fixes += changed
            waiting = member.event_id
        if member.event_id in leaving:
            carrier = member.event_id
            if riding:
                found[carrier] = Ride(riding, fixes)
                fixes, waiting = (), ""
    if waiting and riding:
        last = carrier or waiting
        found[last] = Ride(riding, found.get(last, NONE).fixes + fixes)
    return found


def _with(properties: Properties, traits: str, at_us: int) -> tuple[Properties, tuple[str, ...]]:
    """Add what traits say; of too many the first set stay."""
    made, fixes = to_properties(traits)
    merged = {**properties, **{name: (value, at_us) for name, value in made.items()}}
    over = list(merged)[rules.MAX_USER_PROPERTIES :]
    kept = {name: merged[name] for name in list(merged)[: rules.MAX_USER_PROPERTIES]} if over else merged
    return kept, fixes + tuple(fix("user_properties_max", name) for name in over)


@functools.lru_cache(CACHED)
def to_properties(traits: str) -> tuple[Mapping[str, Scalar], tuple[str, ...]]:
    """Return the user properties that a JSON object of traits makes, and what was changed or left out."""
    try:
        plain = parse_properties(traits)
    except (ValueError, RecursionError):
        return {}, (fix("user_property_value"),)
    made: dict[str, Scalar] = {}
    fixes: list[str] = []
    for raw_name, raw_value in plain.items():
        name, changed = _name(raw_name)
        fixes += changed
        if name is None or raw_value is None or raw_value == "":
            continue
        if name in made:
            fixes.append(fix("same_name", name))
            continue
        value, changed = _value(name, raw_value)
        fixes += changed
        if value is not None:
            made[name] = value
    return made, tuple(fixes)


def _name(raw_name: str) -> tuple[str | None, tuple[str, ...]]:
    plain = raw_name.lower().replace("_", "").replace("-", "")
    if plain in PERSONAL or param_rule(raw_name) == "drop" or masking.mask(raw_name) != raw_name:
        return None, (fix("private", raw_name),)
    if raw_name.startswith(rules.RESERVED_USER_PROPERTY_PREFIXES) or raw_name in rules.RESERVED_USER_PROPERTIES:
        return None, (fix("user_property_reserved", raw_name),)
    name = names.fitting(raw_name, rules.MAX_USER_PROPERTY_NAME)
    if name is None or name.startswith(rules.RESERVED_USER_PROPERTY_PREFIXES):
        return None, (fix("user_property_name"),)
    return name, () if name == raw_name else (fix("user_property_name", name),)


def _value(name: str, raw_value: object) -> tuple[Scalar | None, tuple[str, ...]]:
    value = scalar(raw_value)
    if value is None:
        return None, (fix("user_property_value", name),)
    text = str(value)
    if isinstance(value, str) and masking.mask(text) != text:
        return None, (fix("masked", name),)
    if len(text) > rules.MAX_USER_PROPERTY_VALUE:
        return masking.cut(text, rules.MAX_USER_PROPERTY_VALUE), (fix("user_property_length", name),)
    return value, ()
