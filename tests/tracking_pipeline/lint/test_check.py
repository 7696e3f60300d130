"""The lint: every rule with its line, in every kind of file."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tracking_pipeline.protocol.cases import CASES, NOW_US, Case, body, event
from tracking_pipeline.lint import check
from tracking_pipeline.lint.positions import positions

CATALOGUE = Path(__file__).parents[3] / "ingest_api" / "catalogue" / "catalogue.json"
OF_BODIES = {name: found for name, found in CASES.items() if found[0] != "query"}  # a file has no query


@pytest.mark.parametrize(("rule_id", "tried"), OF_BODIES.values(), ids=OF_BODIES)
def test_every_rule_is_found_in_a_file(rule_id: str, tried: Case) -> None:
    assert check(tried.good, NOW_US) == []
    assert [found.rule for found in check(tried.bad, NOW_US)] == [rule_id] * (rule_id != "body_bytes")


def test_the_size_counts_without_the_layout() -> None:
    values = {f"p{n}": "v" * 99 for n in range(23)}
    large = json.loads(body(*[event(**values)] * 25, device={"model": "m" * 70_000}))

    assert [p.rule for p in check(json.dumps(large, indent=8).encode(), NOW_US)] == ["body_bytes"]
    large["device"]["model"] = "m" * 55_000
    assert check(json.dumps(large, indent=8).encode(), NOW_US) == []


PAYLOAD = b"""{
  "clientId": "18",
  "events": [
    {"name": "ok", "params": {"session_id": "1", "engagement_time_msec": 1}},
    {
      "name": "session_start",
      "params": {"session_id": "1", "engagement_time_msec": 1,
                 "a-b": 1, "n": {"deep": null},
        "items": [{"item_id": "a"}, {"price": "$9"}]
      }
    }
  ]
}"""
LINES = [
    (2, 3, "client_id_form"),
    (6, 7, "event_name_reserved"),
    (8, 18, "param_name"),
    (8, 28, "param_nested"),
    (9, 37, "item_id"),
    (9, 38, "item_number"),
]


def test_each_fault_has_its_line_and_column() -> None:
    assert [(p.line, p.column, p.rule) for p in check(PAYLOAD, NOW_US)] == LINES


def test_json_lines_and_arrays_keep_the_file_s_lines() -> None:
    compact = json.dumps(json.loads(PAYLOAD)).encode()
    in_lines = check(compact + b"\n\n" + compact + b"\n{torn\n", NOW_US)
    in_array = check(b"[\n" + PAYLOAD + b",\n" + PAYLOAD + b"]", NOW_US)

    assert [(p.line, p.rule) for p in in_lines] == [
        *[(1, rule) for _, _, rule in LINES], *[(3, rule) for _, _, rule in LINES], (4, "body"),
    ]  # fmt: skip
    assert [(p.line, p.rule) for p in in_array] == [
        *[(line + 1, rule) for line, _, rule in LINES], *[(line + 14, rule) for line, _, rule in LINES],
    ]  # fmt: skip


TORN = {
    "empty": (b"", 1, 1),
    "no value": (b'{\n "client_id": }', 2, 15),
    "end missing": (b'{"events": [\n', 2, 1),
    "not UTF-8": (b'{\n"a": "\xff"}', 2, 7),
    "unknown field": (b'{"client_id": "1.2",\n  "event": []}', 2, 3),
    "unknown field of an event": (b'{"client_id": "1.2", "events": [\n{"names": "x"}]}', 2, 2),
    "twice": (b'{"client_id": "1.2",\n "client_id": "1.2"}', 2, 2),
    "wrong type": (b'{"client_id":\n 1.2}', 1, 2),
    "no object": (b"  7", 1, 3),
}


@pytest.mark.parametrize(("data", "line", "column"), TORN.values(), ids=TORN)
def test_what_cannot_be_read_points_at_the_place(data: bytes, line: int, column: int) -> None:
    (found,) = check(data, NOW_US)

    assert (found.line, found.column, found.severity) == (line, column, "error")


PLAN = b"""{
  "params": {"Order Id": {"ga4": "order_id"}, "mail": {"privacy": "personal"}, "order_id": {}},
  "events": {
    "order_done": {"params": ["order_id", "total", "Order Id"]},
    "first visit": {"params": {"mail": {}, "ga_x": {}}},
    "Order Done": ["total"],
    "order-done": {"ga4": "order_done"},
    "session_start": {}
  }
}"""


def test_a_plan_is_judged_by_its_names() -> None:
    assert [(p.line, p.rule) for p in check(PLAN, NOW_US)] == [
        (4, "same_name"),
        (5, "event_name"),
        (5, "param_reserved"),
        (6, "event_name"),
        (7, "same_name"),
        (8, "event_name_reserved"),
    ]


def test_segment_s_e_commerce_events_are_ga4_s_in_a_plan() -> None:
    plan = b'{"events": {"Order Completed": ["order_id"],\n"Product Added": [],\n"purchase": []}}'

    assert [(p.line, p.rule) for p in check(plan, NOW_US)] == [(3, "same_name")]


@pytest.mark.parametrize(("count", "rules"), [(23, []), (24, ["plan_room"])])
def test_a_plan_s_events_fit_beside_the_delivery_s_own(count: int, rules: list[str]) -> None:
    plan = {"events": {"swap": {"params": [f"p{n}" for n in range(count)]}}}

    assert [p.rule for p in check(json.dumps(plan).encode(), NOW_US)] == rules


def test_the_catalogue_is_a_plan_without_a_fault() -> None:
    assert check(CATALOGUE.read_bytes(), NOW_US) == []


ODD = {
    "named by an object": (b'{"name": "order id"}', "param_name"),
    "a number": (b"5", "body"),
    "a list": (b'["total"]', "body"),
}


@pytest.mark.parametrize(("param", "rule"), ODD.values(), ids=ODD)
def test_no_parameter_of_a_plan_passes_unjudged(param: bytes, rule: str) -> None:
    found = check(b'{"events": {"swap": {"params": ["ok",\n' + param + b"]}}}", NOW_US)

    assert [(p.line, p.rule) for p in found] == [(2, rule)]
    assert [p.rule for p in check(b'{"events": {"swap": {"params": "total"}}}', NOW_US)] == ["body"]


def test_a_plan_s_event_that_is_there_twice_is_told() -> None:
    plan = b'{"events": {"swap": ["a b"],\n"swap": []}}'

    assert [(p.line, p.rule) for p in check(plan, NOW_US)] == [(2, "name_twice")]


def test_of_several_names_that_came_again_the_one_told_is_pointed_at() -> None:
    payload = b'{"client_id": "1.2",\n"client_id": "1.2",\n"events": [{"name": "a",\n"name": "b"}]}'

    (found,) = check(payload, NOW_US)

    assert (found.line, found.message.split(": ")[0][-5:]) == (4, " name")


@pytest.mark.parametrize("of", [b'{"client_id": "1.2", "events": [%s]}', b'{"events": {"swap": {"params": %s}}}'])
def test_what_is_nested_too_deep_is_told(of: bytes) -> None:
    assert [p.rule for p in check(of % (b"[" * 500 + b"]" * 500), NOW_US)] == ["body"]


def test_only_a_line_feed_ends_a_line() -> None:
    good = body(event(note="a\u2028b\x85c")).decode("unicode_escape").encode()
    bad = body(event("a-b"))

    found = check(b"\xef\xbb\xbf" + good + b"\r\n" + bad + b"\r\n{", NOW_US)

    assert [(p.line, p.rule) for p in found] == [(2, "event_name"), (3, "body")]
    assert "line" not in found[1].message


def test_nothing_to_judge_is_not_clean() -> None:
    assert [[p.rule for p in check(data, NOW_US)] for data in (b"", b" \n", b"[]", b"null")] == [["body"]] * 4


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 0, 3]), st.booleans())
def test_positions_cut_out_every_value(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    def look(inner: object, place: tuple[str | int, ...]) -> None:
        start, end = found.values[place]
        assert json.loads(text[start:end]) == inner
        if isinstance(inner, dict):
            for name, member in inner.items():
                assert text[found.names[*place, name] :].startswith(json.dumps(name, ensure_ascii=ascii_only))
                look(member, (*place, name))
        if isinstance(inner, list):
            for number, member in enumerate(inner):
                look(member, (*place, number))

    found = positions(text)
    look(value, ())


@example('{"\u00b2":false}'.encode())
@example(b'{"%b":false}' % (b"9" * 5000))
@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_whatever_a_file_holds_it_is_judged(data: bytes) -> None:
    for found in check(data, NOW_US):
        assert found.line >= 1
        assert found.column >= 1
