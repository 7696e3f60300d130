"""Who an event is of, as it is stored: cookies, wallets, consent; and what is scrubbed from it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest_api.schema import make_event_id
from tests.ingest_api.conftest import Tracker, make_tracker
from tests.ingest_api.test_addresses import EVM
from tests.ingest_api.test_wallets import SOLANA

BROWSER = {"Origin": "https://a.example", "User_Agent": "Firefox"}
DEVICE = "8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11"
GOOGLE = "_ga=GA1.1.123.456; _ga_ABC123=GS2.1.s1747132561$o3$g1$t1747132655; FPID=FPID2.2.aaaaaaaaaaaa.1733280703"
IDS = ("anonymous_id", "user_id", "group_id", "previous_id", "ga_client_id", "ga_sessions", "ga_fpid", "wallets")
AGREED, REFUSED = {"consent": "granted"}, {"consent": {"categoryPreferences": {"Analytics": False}}}


def call(context: dict[str, Any] | None = None, **more: object) -> str:
    """Return a track call's JSON."""
    fields = {"event": "x", "messageId": "m1", "anonymousId": "anon-1", "userId": "u1", "context": context or {}}
    return json.dumps({**fields, **more})


def post_with(tracker: Tracker, cookies: str, body: str, **headers: str) -> Any:
    """Post as a browser that holds these cookies and keeps no other."""
    client, tracker.client = tracker.client, tracker.client.application.test_client(use_cookies=False)
    answer = tracker.post("/v1/t", body, Cookie=cookies, **{**BROWSER, **headers})
    tracker.client = client
    return answer


def only(tracker: Tracker) -> dict[str, Any]:
    """Return the one stored event."""
    ((event,), rejected) = tracker.stored()
    assert rejected == []
    return event


def test_googles_cookies_are_stored_by_stream(tracker: Tracker) -> None:
    post_with(tracker, GOOGLE, call())

    event = only(tracker)
    assert (event["ga_client_id"], event["ga_fpid"]) == ("123.456", "aaaaaaaaaaaa.1733280703")
    assert json.loads(event["ga_sessions"]) == {
        "ABC123": {"session_id": "1747132561", "session_number": 3, "engaged": True, "last_hit": 1747132655}
    }


def test_ga_may_appear_later_and_the_device_stays(tracker: Tracker) -> None:
    first = tracker.post("/v1/t", call(messageId="1"), **BROWSER)
    post_with(tracker, first.headers["Set-Cookie"].split(";")[0] + "; _ga=GA1.1.123.456", call(messageId="2"))

    before, after = tracker.stored()[0]
    assert (before["ga_client_id"], after["ga_client_id"]) == (None, "123.456")
    assert before["device_id"] == after["device_id"]


def test_with_a_blocked_cookie_the_sdks_own_id_counts(tracker: Tracker) -> None:
    for number in range(2):
        tracker.client.delete_cookie("_tid")
        tracker.post("/v1/t", call(messageId=str(number)), **BROWSER)

    events = tracker.stored()[0]
    assert [(event["anonymous_id"], event["device_is_new"]) for event in events] == [("anon-1", True)] * 2
    assert len({event["device_id"] for event in events}) == 2


def test_cookie_of_a_parent_domain_is_seen_by_its_subdomains(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "data", cookie_name="__id", cookie_domain="a.example")

    answer = tracker.post("/v1/t", call(), **BROWSER, Host="t.a.example")

    name, value = answer.headers["Set-Cookie"].split(";")[0].split("=")
    assert "; Domain=a.example" in answer.headers["Set-Cookie"]
    assert (name, value) == ("__id", only(tracker)["device_id"])


def test_wallets_are_stored_as_ids_and_the_address_only_where_it_was_sent(tracker: Tracker) -> None:
    sent = call(userId=EVM, properties={"address": SOLANA, "accounts": [EVM.upper().replace("0X", "0x")]})
    tracker.post("/v1/t", sent)

    event = only(tracker)
    ids = event.pop("wallets")
    assert sorted(one.partition(":")[0] for one in ids) == ["evm", "solana"]
    assert EVM in event.pop("user_id")
    assert SOLANA in event.pop("properties")
    assert EVM[2:] not in repr(event).lower()
    assert SOLANA not in repr(event)


def test_all_workers_give_a_wallet_the_same_id(tmp_path: Path) -> None:
    found = []
    for number in range(2):
        tracker = make_tracker(tmp_path / "data")
        tracker.post("/v1/t", call(messageId=str(number), userId=EVM))
        found = [event["wallets"] for event in tracker.stored()[0]]

    assert found[0] == found[1]
    assert found[0]


@pytest.mark.parametrize(
    ("settings", "context", "headers", "state"),
    [
        ({}, REFUSED, {}, "denied"),
        ({"consent": "required"}, {}, {}, "unknown"),
        ({"consent": "required"}, {"consent": "denied"}, {}, "denied"),
        ({"gpc": True}, AGREED, {"Sec_GPC": "1"}, "denied"),
        ({"dnt": True}, {}, {"DNT": "1"}, "denied"),
    ],
    ids=["said no", "required, said nothing", "required, said no", "gpc", "dnt"],
)
def test_without_consent_an_event_carries_a_daily_id_only(
    tmp_path: Path, settings: dict[str, Any], context: dict[str, Any], headers: dict[str, str], state: str
) -> None:
    tracker = make_tracker(tmp_path / "data", **settings)
    for name in ("1", "2"):
        sent = call(context, messageId=name, traits={"email": "a@b.test"}, properties={"wallet": EVM, "n": 1})
        answer = post_with(tracker, GOOGLE, sent, **headers)
        assert "Set-Cookie" not in answer.headers

    first, second = tracker.stored()[0]
    assert {name: first[name] for name in IDS} == dict.fromkeys(IDS)
    assert (first["consent"], first["device_is_new"], first["traits"]) == (state, False, None)
    assert first["properties"] == '{"wallet": "***", "n": 1}'
    assert first["device_id"] == second["device_id"]


def test_daily_ids_tell_visitors_apart(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "data", consent="required")
    agents = ["Firefox", "Chrome"]
    for agent in agents:
        tracker.post("/v1/t", call(messageId=agent), Origin="https://a.example", User_Agent=agent)
    for name in ("ann", "bob"):  # a server's address and agent are those of all its visitors
        tracker.post("/v1/t", call(messageId=name, userId=None, anonymousId=name), User_Agent="sdk")

    assert len({event["device_id"] for event in tracker.stored()[0]}) == 4


@pytest.mark.parametrize("settings", [{}, {"consent": "required"}, {"gpc": True}, {"dnt": True}], ids=str)
def test_with_consent_the_event_is_whole_and_the_cookie_set(tmp_path: Path, settings: dict[str, Any]) -> None:
    tracker = make_tracker(tmp_path / "data", **settings)

    answer = post_with(tracker, GOOGLE, call(AGREED))

    event = only(tracker)
    assert f"_tid={event['device_id']};" in answer.headers["Set-Cookie"]
    assert (event["consent"], event["anonymous_id"], event["ga_client_id"]) == ("granted", "anon-1", "123.456")


def test_signals_count_only_where_they_are_honoured(tracker: Tracker) -> None:
    tracker.post("/v1/t", call(), Sec_GPC="1", DNT="1", **BROWSER)

    assert (only(tracker)["consent"], only(tracker)["anonymous_id"]) == (None, "anon-1")


def test_withdrawn_consent_takes_the_cookie_away(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "data", consent="required")
    tracker.post("/v1/t", call(AGREED, messageId="1"), **BROWSER)

    answers = [
        tracker.post("/v1/t", call({}, messageId="2"), **BROWSER),
        tracker.post("/v1/t", call({"consent": False}, messageId="3"), **BROWSER),
    ]

    assert "Set-Cookie" not in answers[0].headers
    assert answers[1].headers["Set-Cookie"] == "_tid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
    granted, silent, denied = sorted(tracker.stored()[0], key=lambda event: str(event["message_id"]))
    assert granted["device_id"] not in (silent["device_id"], denied["device_id"])
    withdrawn = [event["withdrawn_device_id"] for event in (granted, silent, denied)]
    assert withdrawn == [None, None, granted["device_id"]]


def test_a_visitor_who_never_agreed_takes_nothing_back(tracker: Tracker) -> None:
    tracker.post("/v1/t", call(REFUSED), **BROWSER)

    assert only(tracker)["withdrawn_device_id"] is None


def test_each_event_of_a_batch_has_its_own_consent(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "data", consent="required")
    calls = [json.loads(call(context, messageId=str(n))) for n, context in enumerate([{}, REFUSED, AGREED])]
    batch = json.dumps({"batch": [{**one, "type": "track"} for one in calls]})

    answer = tracker.post("/v1/batch", batch, **BROWSER)

    events = tracker.stored()[0]
    assert [event["consent"] for event in events] == ["unknown", "denied", "granted"]
    assert "Set-Cookie" in answer.headers


def test_a_source_has_its_own_mode(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        '[sources.shop]\nkeys = ["demo"]\nconsent = "required"\n[sources.blog]\nkeys = ["blog"]\n'
    )
    tracker = make_tracker(tmp_path / "data", sources_file=tmp_path / "sources.toml")

    asked = tracker.post("/v1/t", call(), **BROWSER)
    open_to_all = tracker.client.post("/v1/t", data=call(), headers={"X-Write-Key": "blog", "Origin": "https://b.test"})

    assert ["Set-Cookie" in answer.headers for answer in (asked, open_to_all)] == [False, True]
    assert {event["source"]: event["consent"] for event in tracker.stored()[0]} == {"shop": "unknown", "blog": None}


def test_addresses_are_kept_as_set(tmp_path: Path) -> None:
    for mode, kept in {"truncated": "127.0.0.0", "full": "127.0.0.1", "none": None}.items():
        tracker = make_tracker(tmp_path / mode, ip=mode)
        tracker.post("/v1/t", call({"ip": "127.0.0.1"}))
        event = only(tracker)
        assert (event["ip"], json.loads(event["context"])["ip"]) == (kept, kept or "")


def test_pages_are_scrubbed_and_ids_stay_what_they_were(tracker: Tracker) -> None:
    url = "https://x.test/u/ann@b.test?q=1"
    body = '{"event":"x","anonymousId":"a","timestamp":"2026-11-25T10:00:00Z","properties":{"n":1.10},'
    body += '"context":{"page":{"url":"%s", "title":"ann@b.test"}}}'
    for page in (url, url.replace("ann@b.test", "***")):
        tracker.post("/v1/t", body % page)
    tracker.post("/v1/t", (body % url).replace('"anonymousId"', '"messageId":"m@b.test","anonymousId"'))

    made, other, named = tracker.stored()[0]
    assert (made["page_url"], made["page_path"], made["page_title"]) == ("https://x.test/u/***?q=1", "/u/***", "***")
    assert made["context"] == '{"page":{"url":"https://x.test/u/***?q=1", "title":"***"}}'
    assert (made["properties"], made["scrubbed"], other["scrubbed"]) == ('{"n":1.10}', 2, 1)
    assert made["message_id"] != other["message_id"]  # of what was sent, not of what is kept
    assert named["message_id"] == "m@b.test"
    assert named["event_id"].bytes == make_event_id("default", "m@b.test", 1_795_600_800_000)


def test_refused_events_are_scrubbed(tracker: Tracker) -> None:
    tracker.post("/v1/t", '{"context":{"page":{"url":"https://x.test/?who=ann@b.test"}}}')
    tracker.post("/v1/batch", "who=ann@b.test")

    (nobody, unreadable) = tracker.stored()[1]
    assert nobody["original"] == '{"context":{"page":{"url":"https://x.test/?who=***"}}}'
    assert (unreadable["original"], nobody["scrubbed"], unreadable["scrubbed"]) == ("who=***", 1, 1)


@pytest.mark.parametrize(
    ("context", "names_device"),
    [({}, True), (AGREED, True), (REFUSED, False), ("granted", True)],
    ids=["nobody asked", "agreed", "refused", "no object, so nothing said"],
)
def test_a_refused_event_keeps_its_device_as_consent_has_it(
    tracker: Tracker, context: object, names_device: bool
) -> None:
    bad = json.dumps({"type": "track", "anonymousId": "a", "context": context})
    post_with(tracker, f"_tid={DEVICE}; {GOOGLE}", bad)

    ((), (row,)) = tracker.stored()
    found = (row["device_id"], row["device_is_new"], row["ga_client_id"], row["ga_fpid"])
    assert found == (
        (DEVICE, False, "123.456", "aaaaaaaaaaaa.1733280703") if names_device else (None, False, None, None)
    )


def test_a_refused_event_that_cannot_be_read_names_no_device(tracker: Tracker) -> None:
    post_with(tracker, f"_tid={DEVICE}", '{"type":"track","event":1e999,"anonymousId":"a"}')

    ((), (row,)) = tracker.stored()
    assert (row["reason"], row["device_id"]) == ("number_too_large", None)


def test_of_a_refused_event_without_consent_nothing_is_kept_that_says_whose_it_is(tracker: Tracker) -> None:
    context = {**REFUSED, "locale": "de", "device": {"id": "anon-1"}, "traits": {"email": "anon-1@example.com"}}
    ids = {"anonymousId": "anon-1", "userId": 17, "traits": {"name": "anon-1"}}
    bad = {"type": "track", "properties": {"note": "by ann@example.com", "amount": 1.50}, "context": context, **ids}

    tracker.post("/v1/t", json.dumps(bad), **BROWSER)

    ((), (row,)) = tracker.stored()
    assert json.loads(row["original"]) == {
        **{"type": "track", "properties": {"note": "by ***", "amount": 1.5}, "traits": None},
        **{"context": {**REFUSED, "locale": "de"}, "anonymousId": "***", "userId": "***"},
    }
    assert row["original_bytes"] == len(json.dumps(bad))


def test_where_consent_is_required_and_cannot_be_read_the_original_says_no_more(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path, consent="required")

    tracker.post("/v1/t", '{"type":"track","event":1e999,"anonymousId":"anon-1"}', **BROWSER)
    tracker.post("/v1/batch?writeKey=demo", "{", **BROWSER)

    ((), rows) = tracker.stored()
    assert [(row["reason"], row["original"]) for row in rows] == [
        ("number_too_large", '{"type":"track","event":1e999,"anonymousId":"***"}'),
        ("unreadable_body", None),
    ]
