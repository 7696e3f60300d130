"""docs/events.md is the catalogue's; docs/add-an-event.md works as it stands."""

import json
import re
import subprocess
import sys

from ingest_api.catalogue import Catalogue, Dedupe, Kind, Privacy, catalogue, make_judge, parse
from ingest_api.catalogue.reader import PATH
from ingest_api.catalogue.render import render
from tests.docs.pages import DOCS, ROOT, fences, first_spans, table

WALK = DOCS / "add-an-event.md"


def with_the_walk_s_event() -> Catalogue:
    """Return the catalogue with the walk-through's entries put in, version raised."""
    plain = json.loads(PATH.read_text())
    event, param = (json.loads("{" + fence + "}") for fence in fences(WALK, "json"))
    plain["events"] |= event
    plain["params"] |= param
    plain["version"] += 1
    return parse(json.dumps(plain))


def test_the_page_is_up_to_date() -> None:
    assert (DOCS / "events.md").read_text() == render(catalogue()), "run: python -m ingest_api.catalogue --write"


def test_the_command_prints_the_page() -> None:
    command = [sys.executable, "-m", "ingest_api.catalogue"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == render(catalogue())


def test_the_page_explains_every_class_rule_and_type() -> None:
    page = DOCS / "events.md"
    types = re.search(r"\*\*Type\*\*: one of ([^.]*)\.", WALK.read_text())

    assert first_spans(table(page, "class", "leaves for a destination", "what it is")) == list(Privacy)
    assert first_spans(table(page, "rule", "what the adapters do with a report that comes again")) == list(Dedupe)
    assert types is not None
    assert re.findall(r"`(\w+)`", types[1]) == list(Kind)


def test_the_walk_s_event_is_on_the_plan() -> None:
    found = with_the_walk_s_event()
    (call,) = [line for fence in fences(WALK, "js") for line in fence.splitlines() if "track(" in line]
    name, names = re.search(r"track\('(\w+)', \{(.*)\}", call).groups()  # type: ignore[union-attr]
    sent = dict.fromkeys(re.findall(r"(\w+):", names), "week")

    assert make_judge(found)(name, sent, True) is None
    assert set(sent) == set(found.events[name].params)
    assert name in render(found)
