"""The catalogue → ``docs/events.md``. Pure; ``python -m ingest_api.catalogue`` prints it."""

from collections.abc import Iterable

from ingest_api.catalogue.model import Catalogue, Dedupe, EventPlan, Param, Privacy

_HEAD = """# Events

Rendered from `ingest_api/catalogue/catalogue.json` by `python -m ingest_api.catalogue --write`; a test keeps it so.
How to add one: [add-an-event.md](add-an-event.md). Version {version}: {events} events, {params} parameters.

A name is the same in the browser, in Parquet, in SQL and at GA4. An event's parameters stand in GA4's order of
priority: GA4 takes 25, two of them are the delivery's own; then come the page's three and the common ones below.
Any event may carry any parameter of this page: a parameter has one type and one privacy class everywhere.

## Privacy classes

| class | leaves for a destination | what it is |
|---|---|---|
| `public` | yes, masked by shape, but for contracts of tokens | says nothing about a person |
| `pseudonymous` | yes, address-like values masked | ties events together, names nobody |
| `personal` | no | says who somebody is, or what they typed |
| `never` | no | leads to a wallet (address, transaction hash, link), or is of no use elsewhere (nested, base units) |

## When an act counts

| rule | what the adapters do with a report that comes again |
|---|---|
| `each` | it is another act |
| `change` | it counts when it differs from the one before |
| `pause` | of a burst the last one counts, once it pauses |
| `per` | it counts once for the same values of the parameters named |
| `final` | one final state per attempt of an execution, also over a reload |
"""
_SECTIONS = {
    "widget": "What the LI.FI widget reports",
    "wallet": "Wallets",
    "site": "What the site reports",
    "tracker": "What the tracker reports by itself",
}


def render(catalogue: Catalogue) -> str:
    """Return the whole page."""
    counts = {"version": catalogue.version, "events": len(catalogue.events), "params": len(catalogue.params)}
    parts = [_HEAD.format(**counts)]
    for section, title in _SECTIONS.items():
        parts.append(f"## {title}\n\n{_events(catalogue, section)}")
    common = _spans(catalogue.common).replace(", `", ",\n`")
    parts.append(f"## Common parameters\n\nAny event may have them:\n{common}.\n")
    parts.append(f"## Parameters\n\n{_params(catalogue.params.values())}")
    return "\n".join(parts)


def _events(catalogue: Catalogue, section: str) -> str:
    head = "| event | what happened | counts | parameters | reported as |\n|---|---|---|---|---|\n"
    events = (event for event in catalogue.events.values() if event.section == section)
    return head + "".join(f"| {' | '.join(_event(catalogue, event))} |\n" for event in events)


def _event(catalogue: Catalogue, event: EventPlan) -> tuple[str, ...]:
    counts = f"`{event.dedupe}`"
    if event.dedupe is Dedupe.PER:
        counts += f" {_spans(event.by)}"
    names = f"`{event.name}`" + (f" (GA4: `{event.ga4}`)" if event.ga4 != event.name else "")
    private = "; also by private variants" if event.private else ""
    reported_as = _spans((*event.widget, *event.jumper))
    return names, event.about + private, counts, _listed(catalogue, event.params), reported_as


def _listed(catalogue: Catalogue, names: Iterable[str]) -> str:
    """List the parameters; those that stay in the lake come last, marked."""
    out: list[str] = []
    stay: list[str] = []
    for name in names:
        (out if catalogue.params[name].is_forwarded else stay).append(name)
    return "; ".join(filter(None, [_spans(out), f"stay here: {_spans(stay)}" if stay else ""]))


def _params(params: Iterable[Param]) -> str:
    head = "| parameter | type | privacy | what | Jumper's name |\n|---|---|---|---|---|\n"
    rows = (
        f"| `{p.name}`{f' (GA4: `{p.ga4}`)' if p.ga4 != p.name else ''} | {p.kind} | {_privacy(p.privacy)} "
        f"| {'; '.join(filter(None, [p.about, _values(p)]))} | {_spans(p.jumper)} |\n"
        for p in params
    )
    return head + "".join(rows)


def _privacy(privacy: Privacy) -> str:
    return privacy if privacy is Privacy.PUBLIC else f"**{privacy}**"


def _values(param: Param) -> str:
    return f"one of {_spans(sorted(param.values))}" if param.values else ""


def _spans(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
