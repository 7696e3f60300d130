"""Quick ways end where the long ones do, byte for byte: reading, clocks, contexts that are judged once."""

import json

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest_api import posts, records
from ingest_api.clocks import any_instant, parse_instant
from ingest_api.consent import Rules
from ingest_api.dialects import Parsed
from ingest_api.fields import Fault
from ingest_api.reading import PARTS, SCALARS, Call, read, read_odd
from ingest_api.receipt import Receipt
from ingest_api.schema import Event, Rejected
from tests.ingest_api.test_corpus import CASES, body_of
from tests.ingest_api.test_fuzz import CALLS, VALUES

EVM = "0x52908400098527886E0F7030069857D2E4169EE7"
SOME_PARTS: st.SearchStrategy[object] = st.sampled_from(
    [
        {},
        [],
        None,
        "x",
        {"url": "https://x.test/?email=ann@example.com", "title": "ann@example.com"},
        {
            "page": {"url": f"https://x.test/{EVM}", "path": "/p"},
            "ip": "203.0.113.77",
            "userAgent": "UA",
            "locale": "de",
        },
        {"traits": {"address": EVM}, "consent": "denied"},
        {"consent": {"categoryPreferences": {"analytics": True}}, "device": {"id": "x"}},
        {"walletAddress": EVM, "amount": 10**30, "n": 1.5},
        {"k" * 600: {"a": [1, 2]}},
    ]
)
USUAL = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "page", "identify"]), "anonymousId": st.just("a"), "event": st.just("x")},
    optional={
        "messageId": st.sampled_from(["m1", "m2", "", 7]),
        "timestamp": st.sampled_from(["2026-11-25T10:00:00.123Z", "2026-11-25T10:00:00Z", 1795600800123]),
        "properties": SOME_PARTS,
        "traits": SOME_PARTS,
        "context": SOME_PARTS,
        "integrations": VALUES,
    },
)
EVENTS = (USUAL | CALLS).map(lambda call: json.dumps(call).encode())
NAMED = (USUAL | CALLS).map(lambda call: json.dumps({**call, "messageId": "m"}).encode())  # others get a random id
RULES = st.sampled_from([Rules(), Rules(required=True), Rules(signalled=True)])
SLOW_MACHINE = list(HealthCheck)


@given(raw=EVENTS)
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW_MACHINE)
def test_both_readers_find_the_same_fields(raw: bytes) -> None:
    try:
        call = read(raw)
    except (Fault, msgspec.DecodeError):
        return

    assert fields_of(call) == fields_of(read_odd(raw))


@given(calls=st.lists(NAMED, max_size=4), rules=RULES, has_device=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW_MACHINE)
def test_a_batch_is_judged_as_its_events_alone(calls: list[bytes], rules: Rules, has_device: bool) -> None:
    receipt = Receipt(
        received_at=1_795_600_900_000_000,
        source="default",
        path="/v1/batch",
        device_id="d" if has_device else None,
        wallet_key=b"k",
        consent=rules,
        daily_id="daily-{}".format,
    )

    together = posts.rows(Parsed([*calls, *calls], sent_at="2026-11-25T10:00:05Z"), receipt)

    alone = [row for call in calls for row in posts.rows(Parsed([call], sent_at="2026-11-25T10:00:05Z"), receipt)]
    assert stored(together) == stored([*alone, *alone])


def test_every_odd_input_is_read_alike_by_both_readers() -> None:
    read_by_both = 0
    for case in CASES.values():
        for raw in map(str.encode, map(json.dumps, events_in(body_of(case)))):
            try:
                call = read(raw)
            except (Fault, msgspec.DecodeError):
                continue
            assert fields_of(call) == fields_of(read_odd(raw))
            read_by_both += 1

    assert read_by_both > 50


@given(
    st.from_regex(
        r"[ 0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9][:+Z][0-6][0-9]\.[0-9\u0663]{3}Z", fullmatch=True
    )
    | st.text("0123456789.:TZ+- ", min_size=24, max_size=24)
    | st.text("0123456789", min_size=19, max_size=19).map("{}.123Z".format)
)
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW_MACHINE)
def test_the_usual_clock_is_read_as_any_other(text: str) -> None:
    assert parse_instant(text) == any_instant(text)


def stored(rows: list[records.Row]) -> list[Event | Rejected]:
    """Return the rows as the publisher reads them from the spool."""
    return [row for record in records.encode(rows) for row in records.decode(record)]


def fields_of(call: Call) -> dict[str, object]:
    """Return a call's fields that are used; parts as bytes, for two of msgspec's views are never equal."""
    fields = ((name, getattr(call, name)) for name in (*SCALARS, *PARTS))
    return {name: bytes(value) if isinstance(value, msgspec.Raw) else value for name, value in fields}


def events_in(body: bytes) -> list[object]:
    """Return a body's events, where the whole of it is JSON."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return found["batch"] if isinstance(found, dict) and isinstance(found.get("batch"), list) else [found]
