"""The shipped catalogue is whole; a catalogue that is not is refused by name; a change raises the version."""

import copy
import hashlib
import json
import subprocess
import sys
from typing import Any

import pytest

from ingest_api.catalogue import Dedupe, Kind, Privacy, catalogue, parse
from ingest_api.catalogue.reader import PATH
from tests.docs.pages import ROOT

VERSIONS = ROOT / "tests" / "golden" / "catalogue_versions.json"
SMALL: dict[str, Any] = {
    "version": 1,
    "common": ["origin"],
    "params": {
        "origin": {"type": "text", "privacy": "public", "values": ["user", "auto"]},
        "amount": {"type": "digits", "privacy": "never", "ga4": "base_amount", "jumper": ["param_amount"]},
    },
    "events": {"act": {"section": "site", "about": "an act", "dedupe": "per", "by": ["amount"], "params": ["amount"]}},
}


def test_an_entry_becomes_types() -> None:
    found = parse(json.dumps(SMALL))

    amount, act = found.params["amount"], found.events["act"]
    assert (amount.kind, amount.privacy, amount.ga4, amount.is_forwarded) == (
        Kind.DIGITS,
        Privacy.NEVER,
        "base_amount",
        False,
    )
    assert (act.ga4, act.dedupe, act.by, act.since, act.private) == ("act", Dedupe.PER, ("amount",), 1, False)


def changed(**at: object) -> str:
    """Return the small catalogue's text with values put at paths: ``events__act__params=[…]``."""
    plain = copy.deepcopy(SMALL)
    for path, value in at.items():
        *way, last = path.split("__")
        inner = plain
        for key in way:
            inner = inner[key]
        inner[last] = value
    return json.dumps(plain)


WRONG = {
    "unknown type": (changed(params__amount__type="money"), "amount: 'money'"),
    "unknown privacy": (changed(params__amount__privacy="secret"), "amount: 'secret'"),
    "unknown key of a parameter": (changed(params__amount__pii=True), "amount: .*pii"),
    "unknown key of an event": (changed(events__act__nmae="x"), "act: .*nmae"),
    "unknown rule": (changed(events__act__dedupe="often"), "act: 'often'"),
    "parameter nobody described": (changed(events__act__params=["amount", "x"]), "act: the parameter x"),
    "common nobody described": (changed(common=["y"]), "common: y"),
    "parameter twice": (changed(events__act__params=["amount", "amount"]), "act: amount stands there twice"),
    "per without by": (changed(events__act__by=[]), "act: `by`"),
    "one GA4 name of two": (changed(params__amount__ga4="origin"), "GA4 name of parameters: origin"),
    "one Jumper name of two": (changed(params__origin__jumper=["param_amount"]), "jumper: param_amount"),
    "entry twice": ('{"version": 1, "version": 2}', "entry: version stands there twice"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_entry_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_every_parameter_is_reachable_and_every_event_told_about() -> None:
    found = catalogue()

    assert [event.name for event in found.events.values() if not event.about] == []
    assert {event.section for event in found.events.values()} == {"widget", "wallet", "site", "tracker"}
    assert all(event.since <= found.version for event in found.events.values())
    assert all(event.name.startswith("lifi_") == (event.section == "widget") for event in found.events.values())


def test_a_change_raises_the_version() -> None:
    """Every version's content is frozen; a change without a new version would mix two plans under one number."""
    content = json.loads(PATH.read_text())
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    known = json.loads(VERSIONS.read_text())

    assert known.get(str(content["version"])) == digest, (
        f'raise the version, then add to {VERSIONS.relative_to(ROOT)}: "{content["version"]}": "{digest}"'
    )


def test_reading_needs_nothing_heavy() -> None:
    code = "import sys, ingest_api.catalogue as c; c.catalogue(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert {"pyarrow", "pydantic", "flask", "msgspec", "duckdb", "dagster"} & set(done.stdout.split()) == set()
