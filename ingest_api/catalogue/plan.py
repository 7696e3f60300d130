"""Does an event keep to the plan? Asked by the collector of every track call, so a look-up, not a walk.

Three rules, and what they leave alone:

- An event that the catalogue names is off the plan when a parameter's value is not of its kind, or when the
  catalogue knows no parameter of that name. A parameter missing is no fault: widgets and sites leave some out.
- A name in the adapters' own space (``lifi_…``) that the catalogue does not know is off the plan: most likely a
  newer widget, so its events are seen before anybody asks for them.
- Any other name is some site's own event and on nobody's plan, unless its source is strict.
"""

from collections.abc import Callable
from typing import Any

from ingest_api.catalogue.model import Catalogue, Kind, Param
from ingest_api.catalogue.reader import catalogue

OWN_PREFIX = "lifi_"
_NONE = type(None)
_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str, _NONE),
    Kind.INTEGER: (int, _NONE),
    Kind.DECIMAL: (int, float, str, _NONE),
    Kind.DIGITS: (str, _NONE),
    Kind.BOOLEAN: (bool, _NONE),
    Kind.SCALAR: (str, int, float, bool, _NONE),
    Kind.LIST: (list, _NONE),
    Kind.OBJECT: (dict, list, _NONE),
}
Judge = Callable[[str, object, bool], str | None]


def make_judge(of: Catalogue | None = None) -> Judge:
    """Return ``judge(event_name, properties, strict)`` → None on the plan, else a short reason for ``off_plan``.

    The reason names the parameter as the catalogue does; of one that it does not know, no more than the fact: the
    name is the sender's. ``properties`` is decoded JSON.
    """
    found = of or catalogue()
    types = {name: frozenset(_TYPES[param.kind]) for name, param in found.params.items()}
    closer = {name: check for name, param in found.params.items() if (check := _closer(param))}
    to_look_at = frozenset(closer).intersection
    events = frozenset(found.events)

    def judge(event_name: str, properties: object, strict: bool) -> str | None:
        if event_name not in events:
            return "unknown_event" if strict or event_name.startswith(OWN_PREFIX) else None
        if not isinstance(properties, dict):
            return None
        # Two loops: the first asks little of every value, the second more of the few that have more to it.
        try:
            for name, value in properties.items():
                if type(value) not in types[name]:
                    return f"wrong_type:{name}"
        except KeyError:
            return "unknown_parameter"
        for name in to_look_at(properties):
            if (value := properties[name]) is not None and not closer[name](value):
                return f"wrong_type:{name}"
        return None

    return judge


def _closer(param: Param) -> Callable[[Any], bool] | None:
    """Return the check that a value's type alone does not make."""
    if param.values:
        return param.values.__contains__
    if param.kind is Kind.DIGITS:
        return str.isdecimal
    return _is_decimal if param.kind is Kind.DECIMAL else None


def _is_decimal(value: Any) -> bool:
    if type(value) is not str:
        return True
    try:
        float(value)  # also takes inf and nan; those are no JSON numbers, and no adapter writes them
    except ValueError:
        return False
    return True
