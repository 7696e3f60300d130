"""What of the catalogue was seen: kept up by what comes and what leaves, and no address is shown as a name."""

import random

from tests.tracking_pipeline.marts.history import History, Row

NAMES = "event_name, finding, parameter, events, extract(minute from first_seen_at), extract(minute from last_seen_at)"
TOKENS = "lifi_source_chain_token_selected"


def click(minute: int, **more: object) -> Row:
    return {"anonymous_id": "a", "event_name": TOKENS, "properties": "{}", "minute": minute, **more}


def found(history: History) -> list[tuple[object, ...]]:
    return history.connection.execute(
        f"select {NAMES} from event_catalog_coverage where finding <> 'not_seen' order by all"
    ).fetchall()


def test_a_name_is_seen_or_not_seen() -> None:
    history = History(random.Random(0))

    history.load([click(1), click(2, event_name="a site's own")])

    rows = history.connection.execute("select finding, in_catalogue, count(*) from event_catalog_coverage group by all")
    assert sorted(rows.fetchall()) == [("not_seen", True, 104), ("seen", False, 1), ("seen", True, 1)]


def test_parameters_off_the_plan_are_named_unless_they_may_be_an_address() -> None:
    history = History(random.Random(0))
    properties = f'{{"beta":1,"0x{"a" * 40}":1,"me@mail.example":1,"from_chain_id":1}}'

    history.load(
        [
            click(1, off_plan="unknown_parameter", properties=properties),
            click(2, off_plan="wrong_type:from_chain_id"),
            click(3, off_plan="unknown_event", event_name="lifi_newer"),
        ]
    )

    assert found(history) == [
        ("lifi_newer", "seen", "", 1, 3, 3),
        ("lifi_newer", "unknown_event", "", 1, 3, 3),
        (TOKENS, "seen", "", 2, 1, 2),
        (TOKENS, "unknown_parameter", "(other)", 1, 1, 1),
        (TOKENS, "unknown_parameter", "beta", 1, 1, 1),
        (TOKENS, "wrong_type", "from_chain_id", 1, 2, 2),
    ]


def test_the_first_and_last_event_that_leave_are_replaced_by_the_next() -> None:
    history = History(random.Random(0))
    history.load([click(minute) for minute in (1, 5, 9)])
    leave(history, 1, 9)

    assert found(history) == [(TOKENS, "seen", "", 1, 5, 5)]
    leave(history, 5)
    assert found(history) == []


def leave(history: History, *minutes: int) -> None:
    """Take the events of these minutes out, in one transaction, and bring the marts up."""
    history.fence += 1
    gone = f"from events where extract(minute from occurred_at) in {(*minutes, -1)}"
    history.connection.execute(
        f"insert into removed by name select {history.fence} as load_id, event_id, occurred_at, date, hour {gone}"
    )
    history.connection.execute(f"delete {gone}")
    history.connection.execute(
        f"insert into loaded_files by name select {history.fence} as load_id, date '2026-11-25' as date, 12 as hour"
    )
    history.refresh()
