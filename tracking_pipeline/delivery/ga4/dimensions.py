"""Which custom dimensions and metrics a GA4 property needs to show the catalogue's parameters. Pure functions.

``python -m tracking_pipeline.delivery.ga4`` prints the page made of it. GA4 stores every parameter; reports show only
those that are defined, from then on. Limits of a standard property: https://support.google.com/analytics/answer/10075209.
"""

from collections import Counter
from collections.abc import Iterable

from ingest_api.catalogue import Catalogue, Kind, Param

MAX_DIMENSIONS = 50  # event-scoped, of a standard property
MAX_METRICS = 50
# An integer is an amount when its name says so; else it is an id, a place or a number of something that no sum means.
AMOUNTS = ("_count", "_ms", "_percent", "_s", "_length", "_of_tokens", "_of_chains")
MAIN = ("widget", "wallet", "tracker")  # sections of events that every site with the widget has
UNITS = {"_s": "Time (seconds)", "_ms": "Time (milliseconds)"}


def dimensions(catalogue: Catalogue) -> list[Param]:
    """Return the parameters to define as dimensions, the most useful first."""
    return [param for param in _by_use(catalogue) if not is_metric(param)]


def metrics(catalogue: Catalogue) -> list[Param]:
    """Return the parameters to define as metrics, the most useful first."""
    return [param for param in _by_use(catalogue) if is_metric(param)]


def is_metric(param: Param) -> bool:
    """Tell whether the sum of a parameter means something."""
    return param.kind is Kind.DECIMAL or (param.kind is Kind.INTEGER and param.name.endswith(AMOUNTS))


def _by_use(catalogue: Catalogue) -> list[Param]:
    """Return what leaves: common ones, then those of the main sections' events, then the rest, each by use."""
    events = catalogue.events.values()
    main = Counter(name for event in events if event.section in MAIN for name in event.params)
    used = Counter(name for event in events for name in event.params)
    sent = [p for p in catalogue.params.values() if p.is_forwarded and (p.name in used or p.name in catalogue.common)]
    return sorted(sent, key=lambda p: (p.name not in catalogue.common, -main[p.name], -used[p.name], p.name))


_HEAD = """# Custom dimensions and metrics at GA4

Rendered from the [event catalogue](events.md) by `python -m tracking_pipeline.delivery.ga4 --write`; a test keeps it
so. GA4 stores every parameter, and its reports and explorations show those that are defined: *Admin → Data display →
Custom definitions*. They count from then on, so define them before the first event. Display name: whatever you like;
the parameter's name exactly as below. Scope: *Event*.
"""
_METRICS = f"""## Metrics

Amounts and durations, which reports can sum up. A standard property has room for {MAX_METRICS}.
Amounts in USD are *Standard*: *Currency* would be read in the property's own. `engagement_time_msec` cannot be
defined: GA4 has metrics of its own for it.

| parameter | unit of measurement | what |
|---|---|---|
"""
_USERS = """## User properties

Those of your own `identify` calls: scope *User*, named as the traits are ([ga4-setup.md](ga4-setup.md) says which
leave). A standard property has room for 25.
"""


def render(catalogue: Catalogue) -> str:
    """Return the whole page."""
    found = dimensions(catalogue)
    head = "| parameter | events that have it | what |\n|---|---|---|\n"
    first = (
        f"## Dimensions\n\nA standard property has room for {MAX_DIMENSIONS}: these, the most useful first. Leave out "
        f"what your site\nnever sends.\n\n{head}{_rows(catalogue, found[:MAX_DIMENSIONS])}"
    )
    rest = found[MAX_DIMENSIONS:]
    more = f"### If there is room\n\nGA4 360 has room for 125.\n\n{head}{_rows(catalogue, rest)}" if rest else ""
    amounts = "".join(f"| `{p.ga4}` | {_unit(p)} | {p.about} |\n" for p in metrics(catalogue))
    return "\n".join(part for part in (_HEAD, first, more, _METRICS + amounts, _USERS) if part)


def _rows(catalogue: Catalogue, params: Iterable[Param]) -> str:
    used = Counter(name for event in catalogue.events.values() for name in event.params)
    return "".join(
        f"| `{p.ga4}` | {'any' if p.name in catalogue.common else used[p.name]} | {p.about} |\n" for p in params
    )


def _unit(param: Param) -> str:
    return next((unit for ending, unit in UNITS.items() if param.name.endswith(ending)), "Standard")
