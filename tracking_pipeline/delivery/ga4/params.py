"""An event's properties → GA4's parameters: what may leave, under which name, and which 23 of them. Pure functions.

Of an event that the catalogue names, the catalogue decides: a parameter's privacy class, its GA4 name, its place. What
the catalogue does not know, in such an event or in any other site's own, leaves by name, after masking by shape. The
order of priority: the event's own parameters in the catalogue's order, what else it carries as sent, the page's three,
its campaign, the common ones. What does not fit, may not leave or is changed is named in the fixes, by rule.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest_api import masking
from ingest_api.catalogue import Catalogue, EventPlan, Kind, Param
from ingest_api.param_names import ParamRule, param_rule
from tracking_pipeline.delivery.ga4 import names, rules
from tracking_pipeline.delivery.ga4.fixes import fix
from tracking_pipeline.delivery.ga4.values import NumberText, Scalar, amount, clean_text, label, number, scalar

CACHED_PAGES = 1024  # a session has many events on few pages
ROOM = rules.MAX_PARAMS - 2  # session_id and engagement_time_msec are ours
# What `mapping` adds of an event's own columns: no site chose these names.
OF_COLUMNS = frozenset({"page_name", "page_category", "screen_name", "screen_category", "group_id"})

Item = dict[str, Scalar]
Value = Scalar | list[Item]


@dataclass(frozen=True, slots=True)
class Given:
    """What an event brings: its own properties, its page, its campaign, and what stays first in any case."""

    own: Mapping[str, Any]
    page: Mapping[str, str | None]
    first: Mapping[str, Value] = field(default_factory=dict)
    campaign: Mapping[str, str] = field(default_factory=dict)


def choose(
    given: Given, plan: EventPlan | None, catalogue: Catalogue, *, catalogue_only: bool = False
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return the parameters that fit, by priority, and what was changed or left out.

    ``plan`` is the event's entry of the catalogue, if it has one. ``catalogue_only`` stops what it does not know.
    """
    known = catalogue.params if plan else {}
    own, page = given.own, given.page
    common = [name for name in own if plan and name in catalogue.common and name not in plan.params]
    first, last = [name for name in own if name not in common], common
    if plan:
        first.sort(key=lambda name: plan.params.index(name) if name in plan.params else len(plan.params))
    params: dict[str, Value] = dict(given.first)
    fixes = _take(params, page, (_param(name, own[name], known.get(name), catalogue_only) for name in first))
    fixes += _put_page(params, page)
    fixes += _take(params, page, (_by_name(name, value) for name, value in given.campaign.items()), is_default=True)
    fixes += _take(params, page, (_param(name, own[name], known.get(name), catalogue_only) for name in last))
    fixes += [fix("params_max", name) for name in list(params)[ROOM:]]
    return dict(list(params.items())[:ROOM]), tuple(fixes)


@dataclass(frozen=True, slots=True)
class Taken:
    """A parameter under its GA4 name, or none of it (an empty name), and what was changed."""

    name: str = ""
    value: Scalar = ""
    fixes: tuple[str, ...] = ()


def _take(
    params: dict[str, Value], page: Mapping[str, str | None], found: Iterable[Taken], *, is_default: bool = False
) -> list[str]:
    """Put parameters where their names are free, the page's own names apart; return what was changed.

    ``is_default``: what is there already is meant instead, and nobody misses these.
    """
    fixes: list[str] = []
    for one in found:
        if one.name and one.name in params:
            fixes += () if is_default else (fix("same_name", one.name),)
            continue
        fixes += one.fixes
        if one.name and one.name not in page:
            params[one.name] = one.value
    return fixes


def _put_page(params: dict[str, Value], page: Mapping[str, str | None]) -> list[str]:
    """Put the page's parameters, masked; return what was changed."""
    fixes: list[str] = []
    for name, text in page.items():
        value, changes = _page_value(name, text) if text else (None, ())
        fixes += changes
        if value is not None:
            params[name] = value
    return fixes


@functools.lru_cache(CACHED_PAGES)
def _page_value(name: str, text: str) -> tuple[str | None, tuple[str, ...]]:
    if (cleaned := clean_text(text)) is None:
        return None, ()
    masked = masking.mask(cleaned) if name == "page_title" else masking.mask_url(cleaned)
    short = masking.cut(masked, rules.MAX_VALUE_OF[name])
    return short, _changes(name, cleaned, masked, short)


def _param(raw_name: str, raw_value: Any, param: Param | None, catalogue_only: bool) -> Taken:
    if param is None:
        if catalogue_only and raw_name not in OF_COLUMNS:
            return Taken(fixes=(fix("off_catalogue", raw_name),))
        return _by_name(raw_name, raw_value)
    if not param.is_forwarded:
        return Taken(fixes=(fix("private", param.name),))
    value = number(raw_value) if param.kind is Kind.DECIMAL else scalar(raw_value)
    return named(param.ga4, raw_value, value, is_public=param_rule(param.name) == "public")


def _by_name(raw_name: str, raw_value: Any) -> Taken:
    name, rule, fixes = _name_of(raw_name)
    if name is None:
        return Taken(fixes=fixes)
    taken = _typed(name, raw_value) or named(name, raw_value, scalar(raw_value), is_public=rule == "public")
    return Taken(taken.name, taken.value, fixes + taken.fixes) if fixes else taken


@functools.lru_cache(names.CACHED)
def _name_of(raw_name: str) -> tuple[str | None, ParamRule, tuple[str, ...]]:
    """Return a parameter's GA4 name, or None and why it stays here."""
    name, fixes = names.fixed_param_name(raw_name)
    rule = param_rule(name or "")
    if name is None:
        return None, rule, fixes
    if masking.mask(raw_name) != raw_name:
        return None, rule, ("private",)
    if name in rules.OURS:
        return None, rule, (fix("ours", name),)
    if name in rules.MISPLACED:
        return None, rule, (rules.MISPLACED[name],)
    return (None, rule, (fix("private", name),)) if rule == "drop" else (name, rule, fixes)


def _typed(name: str, raw_value: Any) -> Taken | None:
    """Return a parameter of which GA4 fixes the type; None for all others."""
    if name == "transaction_id" and label(raw_value) is None:
        return Taken(fixes=("transaction_id",))
    if name in rules.NUMBER_PARAMS:
        value = amount(raw_value)
        fixes = () if type(raw_value) is type(value) else (fix("param_type", name),)
        return Taken(fixes=fixes) if value is None else Taken(name, value, fixes)
    if name == "currency":
        code = currency(raw_value)
        fixes = () if code == raw_value else ("currency",)
        return Taken(name, code, fixes) if code else Taken(fixes=fixes)
    if name in rules.STRING_PARAMS:
        text = label(raw_value)
        taken = named(name, raw_value, text, is_public=False)
        if name == "transaction_id" and taken.value != text:
            return Taken(fixes=taken.fixes)  # two that are masked or cut would be one purchase
        retyped = text is not None and not isinstance(raw_value, str)
        return Taken(taken.name, taken.value, (fix("param_type", name), *taken.fixes)) if retyped else taken
    return None


def currency(value: Any) -> str | None:
    """Return a currency's code in upper case; None for what is none."""
    code = value.strip().upper() if isinstance(value, str) else ""
    return code if rules.CURRENCY.fullmatch(code) else None


def named(name: str, raw_value: Any, value: Scalar | None, *, is_public: bool) -> Taken:
    """Return a parameter of that name, its text masked and cut; ``raw_value`` is what it was made of."""
    if value is None:
        return Taken(fixes=() if raw_value is None or isinstance(raw_value, str) else (fix("param_nested", name),))
    if not isinstance(value, str) or isinstance(value, NumberText):
        return Taken(name, value)
    masked = masking.mask_public(value) if is_public else masking.mask(value)
    short = masking.cut(masked, rules.MAX_VALUE_OF.get(name, rules.MAX_VALUE))
    return Taken(name, short, _changes(name, value, masked, short))


def _changes(name: str, text: str, masked: str, short: Any) -> tuple[str, ...]:
    if short == text:
        return ()
    found = [] if masked == text else [fix("masked", name)]
    return (*found, fix("param_length", name)) if short != masked else tuple(found)
