"""An event's properties → GA4's parameters: what may leave, under which name, and which 23 of them. Pure functions.

Of an event that the catalogue names, the catalogue decides: a parameter's privacy class, its GA4 name, its place. What
the catalogue does not know, in such an event or in any other site's own, leaves by name, after masking by shape. The
order of priority: the event's own parameters in the catalogue's order, what else it carries as sent, the page's three,
the common ones. What does not fit or may not leave is named in the notes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ingest_api import masking
from ingest_api.catalogue import Catalogue, EventPlan, Kind, Param, Privacy
from ingest_api.param_names import param_rule
from tracking_pipeline.delivery.ga4 import names, rules
from tracking_pipeline.delivery.ga4.values import NumberText, Scalar, clean_text, number, scalar

ROOM = rules.MAX_PARAMS - 2  # session_id and engagement_time_msec are ours
Found = tuple[str, Scalar] | str  # a parameter, or a note that says why it is left out


def choose(
    own: Mapping[str, Any],
    page: Mapping[str, str | None],
    plan: EventPlan | None,
    catalogue: Catalogue,
    *,
    catalogue_only: bool = False,
) -> tuple[dict[str, Scalar], tuple[str, ...]]:
    """Return the parameters that fit, by priority, and the notes on the rest.

    ``plan`` is the event's entry of the catalogue, if it has one. ``catalogue_only`` stops what it does not know.
    """
    known = catalogue.params if plan else {}
    common = [name for name in own if plan and name in catalogue.common and name not in plan.params]
    first, last = [name for name in own if name not in common], common
    if plan:
        first.sort(key=lambda name: plan.params.index(name) if name in plan.params else len(plan.params))
    params: dict[str, Scalar] = {}
    notes = _take(params, page, (_param(name, own[name], known.get(name), catalogue_only) for name in first))
    params |= _page(page)
    notes += _take(params, page, (_param(name, own[name], known.get(name), catalogue_only) for name in last))
    notes += [f"over_25:{name}" for name in list(params)[ROOM:]]
    return dict(list(params.items())[:ROOM]), tuple(notes)


def _take(params: dict[str, Scalar], page: Mapping[str, str | None], found: Iterable[Found]) -> list[str]:
    """Put parameters where their names are free, the page's own names apart; return the notes."""
    notes = []
    for one in found:
        if isinstance(one, str):
            notes.append(one)
        elif one[0] not in page:
            params.setdefault(*one)
    return notes


def _page(page: Mapping[str, str | None]) -> dict[str, Scalar]:
    cleaned = {name: clean_text(text) for name, text in page.items()}
    return {name: masking.cut(text, rules.MAX_VALUE_OF[name]) for name, text in cleaned.items() if text is not None}


def _param(raw_name: str, raw_value: Any, param: Param | None, catalogue_only: bool) -> Found:
    if param is None:
        return "off_catalogue" if catalogue_only else _by_name(raw_name, raw_value)
    if not param.is_forwarded:
        return f"private:{param.name}"
    value = number(raw_value) if param.kind is Kind.DECIMAL else scalar(raw_value)
    return _named(param.ga4, value, is_public=param.privacy is Privacy.PUBLIC)


def _by_name(raw_name: str, raw_value: Any) -> Found:
    name = names.param_name(raw_name)
    if name is None or masking.mask(raw_name) != raw_name:
        return "unusable_param"
    if name in rules.OURS:
        return f"ours:{name}"
    rule = param_rule(name)
    return f"private:{name}" if rule == "drop" else _named(name, scalar(raw_value), is_public=rule == "public")


def _named(name: str, value: Scalar | None, *, is_public: bool) -> Found:
    if value is None:
        return f"not_scalar:{name}"
    if not isinstance(value, str) or isinstance(value, NumberText):
        return name, value
    masked = masking.mask_public(value) if is_public else masking.mask(value)
    return name, masking.cut(masked, rules.MAX_VALUE_OF.get(name, rules.MAX_VALUE))
