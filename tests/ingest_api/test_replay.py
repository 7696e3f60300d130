"""A refused event judged again: taken apart as its client sent it, by today's rules, never a guess."""

import json
from pathlib import Path

import pytest

from ingest_api.replay import CUT, NO_SOURCE, Again, Kept
from ingest_api.schema import Event
from ingest_api.settings import Settings

CLICK = '{"type":"track","event":"chart_open","userId":"u","properties":{"extra":3}}'
NAMELESS = '{"type":"track","userId":"u"}'
STRICT = '[sources.site]\nkeys = ["k"]\nstrict = true\n'
AT = 1_795_564_800_000_000


def kept(original: str, **more: object) -> Kept:
    fields = {"source": "site", "reason": "too_deep", "path": "/v1/batch", "original_bytes": len(original), **more}
    device = dict.fromkeys(("sent_at", "device_id", "device_is_new", "ga_client_id", "ga_sessions", "ga_fpid"))
    defaults = {"scrubbed": 0, "ip": None, "origin": None, "user_agent": None, "dialect": "segment", **device}
    return Kept("rejected/part.parquet", 7, received_at=AT, original=original, **{**defaults, **fields})  # type: ignore[arg-type]


def again(folder: Path, **settings: object) -> Again:
    values = {"data_dir": folder, "write_keys": "site:k", **settings}
    return Again(Settings(_env_file=None, **values))  # type: ignore[arg-type, call-arg]


@pytest.mark.parametrize(
    ("row", "events"),
    [
        (kept(CLICK), [("track", "chart_open")]),
        (kept('{"event":"a","userId":"u"}', path="/v1/track"), [("track", "a")]),
        (kept(CLICK, path="/renamed"), [("track", "chart_open")]),
        (kept('{"clientId":"c","event":{"name":"n"}}', path="/events", dialect="events_v0"), [("track", "n")]),
        (kept(f'{{"batch":[{CLICK},{CLICK}]}}', reason="unreadable_body"), [("track", "chart_open")] * 2),
    ],
    ids=["in a batch", "single call", "renamed path", "old contract", "a body of two"],
)
def test_an_original_is_taken_apart_as_its_client_sent_it(
    row: Kept, events: list[tuple[str, str]], tmp_path: Path
) -> None:
    found = again(tmp_path).judge(row)

    assert isinstance(found, list)
    assert [(event.type, event.event_name) for event in found] == events
    assert {event.replayed_from for event in found} == {"rejected/part.parquet#7"}
    assert len({event.event_id for event in found}) == len(events)
    assert found == again(tmp_path).judge(row)  # the same ids each time: a second replay would be a copy


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (kept(NAMELESS), "missing_event_name"),
        (kept(f'{{"batch":[{CLICK},{NAMELESS}]}}', reason="unreadable_body"), "missing_event_name"),
        (kept("{", reason="unreadable_body"), "unreadable_body"),
        (kept("[]"), "not_an_object"),
        (kept(CLICK, original_bytes=40_000), CUT),
        (kept("", original_bytes=0), CUT),
        (kept(CLICK, source="gone"), NO_SOURCE),
    ],
    ids=["still wrong", "one bad in a body", "no JSON", "no object", "kept in part", "not kept", "source is gone"],
)
def test_what_is_not_accepted_now_says_why(row: Kept, why: str, tmp_path: Path) -> None:
    assert again(tmp_path).judge(row) == why


def test_a_long_original_is_judged_only_where_its_size_proves_it_whole(tmp_path: Path) -> None:
    long = json.dumps({**json.loads(CLICK), "properties": {"text": "€" * 3000}}, ensure_ascii=False)
    size = len(long.encode())

    assert isinstance(again(tmp_path).judge(kept(long, original_bytes=size)), list)
    assert again(tmp_path).judge(kept(long, original_bytes=size, scrubbed=1)) == CUT


def test_a_replayed_event_is_of_its_device_and_at_its_time(tmp_path: Path) -> None:
    device = {
        "device_id": "d",
        "device_is_new": False,
        "ga_client_id": "1.2",
        "ga_sessions": '{"G":"5"}',
        "ga_fpid": "3.4",
    }
    original = CLICK[:-1] + ',"timestamp":"2026-11-24T23:59:50Z"}'
    sent_at = AT + 3_000_000  # by a clock that is ahead of ours

    (event,) = again(tmp_path).judge(kept(original, sent_at=sent_at, **device))

    assert isinstance(event, Event)
    assert {name: getattr(event, name) for name in device} == device
    assert (event.sent_at, event.occurred_from) == (sent_at, "corrected")
    assert event.occurred_at == AT - (sent_at - (event.client_at or 0))


def test_a_strict_source_judges_strictly(tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text(STRICT)

    assert again(tmp_path, sources_file=sources).judge(kept(CLICK)) == "off_plan"


def test_a_signal_that_may_have_been_sent_counts_where_signals_are_honoured(tmp_path: Path) -> None:
    [plain] = again(tmp_path).judge(kept(CLICK))
    [denied] = again(tmp_path, gpc=True).judge(kept(CLICK))

    assert (plain.consent, plain.user_id) == (None, "u")  # type: ignore[attr-defined]
    assert (denied.consent, denied.user_id) == ("denied", None)  # type: ignore[attr-defined]
