"""The rules → ``docs/ga4-rules.md``. Pure; ``python -m tracking_pipeline.protocol`` prints it."""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tracking_pipeline.protocol import limits
from tracking_pipeline.protocol.changes import CHANGES
from tracking_pipeline.protocol.rules import RULES, SOURCES, Rule

_HEAD = """# GA4's rules

Rendered from `tracking_pipeline/protocol/rules.py` by `python -m tracking_pipeline.protocol --write`; a test keeps it
so. GA4 answers 2xx to whatever it receives, so what breaks a rule is lost without a word. The delivery, the local
stand-in and `tracking ga4 lint` all judge by this one table of {count} rules. They apply what Google documents and what
users report, read 2026-09-25; they are no proof that Google accepts.

- **level**: `malformed` is refused always; `enforced` is refused under `ENFORCE_RECOMMENDATIONS` and otherwise dropped
  or cut in silence; `advice` is accepted, and then missing or wrong in reports.
- **delivery**: what happens to an event of the lake that would break the rule. `clean`: no request of ours can;
  `fixed`: it is changed and leaves; the view `delivery_fixes` has a row for each change, with rule and field;
  `passed`: it leaves as it is, for a site may mean it; `dead` and `expired`: it stays in the lake, with the reason.
- **source**: D documented by Google, T in the source of Google's Event Builder, O observed by users, I inferred.
"""
_SECTIONS = {
    "The request": ("query", "event_name"),
    "Events": ("event_name", "params_max"),
    "Parameters": ("params_max", "items"),
    "Items": ("items", "user_properties_max"),
    "User properties": ("user_properties_max", "same_name"),
    "Tracking plans": ("same_name", ""),
}
_OURS = """## The delivery's own changes

Made though GA4 would take the event as it is; recorded under these ids as well.

| change | what |
|---|---|
"""
_NOT_CHECKED = """## Not checked

Limits that no single payload shows: 100,000 events and 2,000 sessions of a user a day; 100 million requests an hour of
a property, then silence till the hour ends. Undocumented, so no rule: what happens to events from the future, to
booleans, whether one bad event costs its request (the stand-in says no), whether length is counted in characters or in
bytes (here: characters, code points).
"""


def print_or_write(page: str, path: Path, arguments: Sequence[str]) -> None:
    """Print a rendered page; with ``--write`` among the arguments, put it into its file instead."""
    if "--write" in arguments:
        path.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)


def render() -> str:
    """Return the whole page."""
    ids = list(RULES)
    parts = [_HEAD.format(count=len(ids))]
    for title, (first, after) in _SECTIONS.items():
        stop = ids.index(after) if after else len(ids)
        rules = [RULES[rule_id] for rule_id in ids[ids.index(first) : stop]]
        parts.append(f"## {title}\n\n{_table(rules)}")
    parts.append(_OURS + "".join(f"| `{name}` | {about} |\n" for name, about in CHANGES.items()))
    parts.append(f"## Reserved names\n\n{_reserved()}")
    parts.append(_NOT_CHECKED)
    parts.append(
        "## Sources\n\n| source | page |\n|---|---|\n" + "".join(f"| {n} | {_link(u)} |\n" for n, u in SOURCES.items())
    )
    return "\n".join(parts)


def _table(rules: Iterable[Rule]) -> str:
    head = "| rule | limit | level | delivery | cure | source |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| `{r.id}` | {r.about} | {r.level} | {r.outcome}: {r.how} | {r.cure} | {r.sources} |\n" for r in rules
    )


def _reserved() -> str:
    lists = {
        "Events": limits.RESERVED_EVENTS,
        "Events of app streams only": limits.APP_ONLY_EVENTS,
        "User properties": limits.RESERVED_USER_PROPERTIES,
    }
    return "".join(f"- {title}:\n{_wrapped(sorted(names))}\n" for title, names in lists.items())


def _wrapped(names: list[str]) -> str:
    lines = [", ".join(f"`{name}`" for name in names[at : at + 4]) for at in range(0, len(names), 4)]
    return "  " + ",\n  ".join(lines)


def _link(url: str) -> str:
    return f"[{name}]({name})" if (name := re.sub("^docs/", "", url)) != url else f"<{url}>"
