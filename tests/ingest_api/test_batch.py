"""What one event of a batch holds never costs its neighbours, and is stored as it was sent."""

import gzip
import json

import pytest

from tests.ingest_api.conftest import Tracker

GOOD = '{"type":"track","event":"good","anonymousId":"a","messageId":"%s","properties":{"n":1}}'


def _call(properties: str = "{}", *, message_id: str = '"bad"', more: str = "") -> str:
    return f'{{"type":"track","event":"x","anonymousId":"a","messageId":{message_id},"properties":{properties}{more}}}'


KEPT = {
    "integers_of_19_and_more_digits": '{"a":9223372036854775808,"b":-123456789012345678901234567890}',
    "long_decimals": '{"a":0.1000000000000000055511151231257827,"b":1.50,"c":1e2,"d":-0}',
    "empty_keys": '{"":{"":1}}',
    "duplicate_keys": '{"a":1,"a":2}',
    "nul": r'{"a":"x\u0000y","\u0000":1}',
    "emoji": '{"a":"\U0001f98a"}',
    "emoji_as_a_pair_of_escapes": r'{"a":"\ud83e\udd8a"}',
    "white_space": '{ "a" :\t[ 1 , 2 ] }',
    "depth_60": '{"a":' * 60 + "1" + "}" * 60,
    "smallest_numbers": '{"a":1e-400}',
}


@pytest.mark.parametrize("properties", KEPT.values(), ids=KEPT.keys())
def test_properties_are_kept_character_by_character(tracker: Tracker, properties: str) -> None:
    answer = tracker.post("/v1/batch", f'{{"batch":[{_call(properties)}]}}')

    events, rejected = tracker.stored()
    assert (answer.status_code, answer.json) == (200, {"success": True, "accepted": 1, "rejected": 0})
    assert [event["properties"] for event in events] == [properties]
    assert rejected == []


MENDED = {
    "half_an_emoji": (r'{"a":"x\ud83d"}', r'{"a":"x\ufffd"}'),
    "second_half": (r'{"a":"\udd8ax"}', r'{"a":"\ufffdx"}'),
    "half_in_a_key": (r'{"\ud83d":1}', r'{"\ufffd":1}'),
    "escaped_backslash_before_u": (r'{"a":"\ud83d","b":"\\ud83d"}', r'{"a":"\ufffd","b":"\\ud83d"}'),
    "bytes_that_are_no_utf8": ('{"a":"\udcff"}', '{"a":"\ufffd"}'),
}


@pytest.mark.parametrize(("sent", "kept"), MENDED.values(), ids=MENDED.keys())
@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track"])
def test_half_characters_become_the_replacement_character(tracker: Tracker, path: str, sent: str, kept: str) -> None:
    body = f'{{"batch":[{_call(sent)},{GOOD % 1}]}}' if path == "/v1/batch" else _call(sent)

    answer = tracker.post(path, body.encode("utf-8", "surrogateescape"))

    events, rejected = tracker.stored()
    assert answer.status_code == 200
    assert events[0]["properties"] == kept
    assert [event["properties"] for event in events[1:]] == (['{"n":1}'] if path == "/v1/batch" else [])
    assert rejected == []


BAD = {
    "nan": (_call('{"a":NaN}'), "not_finite_number"),
    "infinity": (_call('{"a":[-Infinity]}'), "not_finite_number"),
    "beyond_doubles": (_call('{"a":1e400}'), "number_too_large"),
    "depth_1000": (_call('{"a":' * 1000 + "1" + "}" * 1000), "too_deep"),
    "depth_100000": (_call('{"a":' + "[" * 30000 + "]" * 30000 + "}"), "too_large"),
    "depth_65_of_lists": (_call('{"a":' + "[" * 65 + "]" * 65 + "}"), "too_deep"),
    "broken_value": (_call('{"a":tru}'), "invalid_json"),
    "trailing_comma": (_call('{"a":1,}'), "invalid_json"),
    "no_object": ('["bad"]', "not_an_object"),
    "null": ("null", "not_an_object"),
    "number": ("7", "not_an_object"),
    "unknown_type": ('{"type":"click","anonymousId":"a","messageId":"bad"}', "unknown_type"),
    "no_type": ('{"anonymousId":"a","messageId":"bad"}', "unknown_type"),
    "type_of_a_wrong_kind": ('{"type":{},"anonymousId":"a","messageId":"bad"}', "unknown_type"),
    "no_name": ('{"type":"track","anonymousId":"a","messageId":"bad"}', "missing_event_name"),
    "blank_name": ('{"type":"track","event":" ","anonymousId":"a","messageId":"bad"}', "missing_event_name"),
    "long_name": ('{"type":"page","name":"%s","anonymousId":"a","messageId":"bad"}' % ("x" * 513), "invalid_field"),
    "nobody": ('{"type":"page","messageId":"bad"}', "missing_identity"),
    "blank_ids": ('{"type":"page","anonymousId":" ","userId":"","messageId":"bad"}', "missing_identity"),
    "id_of_a_wrong_kind": ('{"type":"page","userId":{"a":1},"messageId":"bad"}', "invalid_id"),
    "id_true": ('{"type":"page","userId":true,"messageId":"bad"}', "invalid_id"),
    "long_id": ('{"type":"page","userId":"%s","messageId":"bad"}' % ("x" * 513), "invalid_id"),
    "properties_of_a_wrong_kind": (_call("[1]"), "invalid_field"),
    "context_of_a_wrong_kind": (_call(more=',"context":"x"'), "invalid_field"),
    "over_32_kilobytes": (_call('{"a":"%s"}' % ("x" * 32768)), "too_large"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_event_is_rejected_and_its_neighbours_stored(tracker: Tracker, bad: str, reason: str) -> None:
    answer = tracker.post("/v1/batch?verbose=1", f'{{"batch":[{GOOD % 1},{bad},{GOOD % 2}]}}')

    events, rejected = tracker.stored()
    results = answer.json["results"]
    assert (answer.status_code, answer.json["accepted"], answer.json["rejected"]) == (200, 2, 1)
    assert [result["status"] for result in results] == ["accepted", "rejected", "accepted"]
    assert [event["message_id"] for event in events] == ["1", "2"]
    assert [(row["reason"], row["original_bytes"]) for row in rejected] == [(reason, len(bad))]
    assert rejected[0]["original"] == bad[:8192]
    assert rejected[0]["message_id"] == ("bad" if '"messageId":"bad"' in bad else None)


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD.keys())
def test_request_without_a_good_event_is_400_and_still_recorded(tracker: Tracker, bad: str, reason: str) -> None:
    answer = tracker.post("/v1/batch", f'{{"batch":[{bad}]}}')

    events, rejected = tracker.stored()
    assert answer.status_code == 400
    assert {"accepted": 0, "rejected": 1, "code": "nothing_accepted", "retry": False}.items() <= answer.json.items()
    assert answer.json["message"].startswith(f"no event was accepted; the first: {reason}")
    assert events == []
    assert [row["reason"] for row in rejected] == [reason]


ENVELOPES = {
    "byte_order_mark": b"\xef\xbb\xbf%s",
    "half_emoji_in_the_envelope": rb'{"x":"\ud83d",' + b"%s",
    "nan_in_the_envelope": b'{"x":NaN,%s',
    "depth_5000_in_the_envelope": b'{"x":' + b"[" * 5000 + b"]" * 5000 + b",%s",
    "white_space_around": b" \n%s\n ",
}


@pytest.mark.parametrize("around", ENVELOPES.values(), ids=ENVELOPES.keys())
def test_damaged_envelope_costs_no_event(tracker: Tracker, around: bytes) -> None:
    batch = f'{{"batch":[{GOOD % 1},{GOOD % 2}]}}'.encode()
    inside = batch if b'"x"' not in around else batch[1:]

    answer = tracker.post("/v1/batch", around.replace(b"%s", inside))

    assert answer.json == {"success": True, "accepted": 2, "rejected": 0}
    assert [event["message_id"] for event in tracker.stored()[0]] == ["1", "2"]


UNREADABLE = {
    "empty": b"",
    "words": b"hello",
    "list": b"[]",
    "no_batch": b'{"type":"track"}',
    "batch_null": b'{"batch":null}',
    "batch_of_a_wrong_kind": b'{"batch":"x"}',
    "cut": b'{"batch":[{"type":"track"',
    "brackets_crossed": b'{"batch":[{"type":NaN]}]}',
    "cut_gzip": gzip.compress(b'{"batch":[]}')[:-3],
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_batch_is_400_and_one_rejected_row(tracker: Tracker, body: bytes) -> None:
    answer = tracker.post("/v1/batch", body)

    events, rejected = tracker.stored()
    assert (answer.status_code, answer.json["code"], answer.json["retry"]) == (400, "unreadable_body", False)
    assert events == []
    assert [row["reason"] for row in rejected] == ["unreadable_body"]
    assert rejected[0]["original_bytes"] == len(body)


def test_empty_batch_is_200(tracker: Tracker) -> None:
    answer = tracker.post("/v1/batch", '{"batch":[]}')

    assert (answer.status_code, answer.json) == (200, {"success": True, "accepted": 0, "rejected": 0})


def test_batch_of_more_events_than_its_limit_is_413(tracker: Tracker) -> None:
    answer = tracker.post("/v1/batch", '{{"batch":[{}]}}'.format(",".join("1" * 10_001)))

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert tracker.stored() == ([], [])


def test_sent_at_of_the_batch_corrects_its_events(tracker: Tracker) -> None:
    call = '{"type":"page","userId":"u","timestamp":"2020-01-01T00:00:00Z"}'

    tracker.post("/v1/batch", f'{{"sentAt":"2020-01-01T00:00:10Z","batch":[{call}]}}')

    ((event,), _) = tracker.stored()
    assert (event["received_at"] - event["occurred_at"]).total_seconds() == 10
    assert (event["occurred_from"], event["client_at"].year, event["sent_at"].second) == ("corrected", 2020, 10)


def test_event_without_message_id_gets_a_hash_that_a_retry_repeats(tracker: Tracker) -> None:
    body = '{"type":"page","userId":"u","timestamp":1795600800,"sentAt":"%s","properties":{"amount":%s}}'
    sent = [("10:00", "1000000000000000001"), ("10:01", "1000000000000000001"), ("10:00", "1000000000000000002")]

    for sent_at, amount in sent:
        tracker.post("/v1/page", body % (f"2026-11-25T{sent_at}Z", amount))

    first, retry, other = (event["message_id"] for event in tracker.stored()[0])
    assert first.startswith("hash-")
    assert first == retry != other


def test_event_without_message_id_and_clock_gets_a_random_one(tracker: Tracker) -> None:
    for _ in range(2):
        tracker.post("/v1/page", '{"userId":"u"}')

    first, second = (event["message_id"] for event in tracker.stored()[0])
    assert first != second


def test_every_column_of_a_full_call_is_stored(tracker: Tracker) -> None:
    context = {
        "userAgent": "UA",
        "page": {"url": "https://a.example/p?q=1", "title": "T", "referrer": "https://r.example/"},
        "consent": {"categoryPreferences": {"Analytics": True}},
    }
    call = {"type": "page", "name": "Home", "category": "C", "messageId": "m", "anonymousId": "a", "userId": 7}
    call |= {"groupId": "g", "previousId": "p", "traits": {"t": 1}, "context": context, "properties": {"title": "P"}}

    tracker.post("/v1/batch", json.dumps({"batch": [call]}, separators=(",", ":")))

    ((event,), _) = tracker.stored()
    for name in ("event_id", "received_at", "occurred_at"):
        assert event.pop(name)
    assert event == {
        **{"message_id": "m", "source": "default", "type": "page", "event_name": "Home", "category": "C"},
        **{"occurred_from": "received", "client_at": None, "sent_at": None, "device_id": None},
        **{"device_is_new": False, "withdrawn_device_id": None},
        **{"anonymous_id": "a", "user_id": "7", "group_id": "g", "previous_id": "p"},
        **{
            "ga_client_id": None,
            "ga_sessions": None,
            "ga_fpid": None,
            "wallets": None,
            "scrubbed": 0,
            "off_plan": None,
            "replayed_from": None,
        },
        **{"consent": "granted", "consent_categories": '{"Analytics":true}'},
        **{"page_url": "https://a.example/p?q=1", "page_path": "/p", "page_title": "P"},
        **{"page_referrer": "https://r.example/", "user_agent": "UA", "ip": "127.0.0.0", "origin": None},
        **{"dialect": "segment", "properties": '{"title":"P"}', "traits": '{"t":1}'},
        "context": json.dumps(context, separators=(",", ":")),
    }
