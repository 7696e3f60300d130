"""What a person should know of an hour: each check can be made red, by what it is about and by nothing else."""

import json
import os
import time
from dataclasses import replace

import pytest

from ingest_api.partitions import HOUR_US
from tests.tracking_pipeline.lake.parts import at, event, hours, rejected, write_part
from tracking_pipeline.lake import watch
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.watch import HourFacts, hour_facts, oldest_wait_s, verdicts

[HOUR] = hours(4)
SOUND = HourFacts(
    HOUR, received=1000, stored=950, rejected=50, off_plan=47, clocked=900, clocks_off=180, skew_s=-60.0,
    numbered=5000, missing=100, past=(1000, 2000, 900, 1500),
)  # fmt: skip


def red(facts: HourFacts) -> list[str]:
    return [verdict.check for verdict in verdicts(facts) if not verdict.passed]


def test_an_hour_at_its_limits_is_sound() -> None:
    assert red(SOUND) == []
    assert [verdict.check for verdict in verdicts(SOUND)] == [
        "volume_as_usual",
        "few_rejected",
        "few_off_plan",
        "clients_lose_nothing",
        "clocks_agree",
    ]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"past": (2100, 2200)}, "volume_as_usual"),
        ({"past": (300, 310, 320)}, "volume_as_usual"),
        ({"received": 0, "rejected": 0}, "volume_as_usual"),
        ({"rejected": 51}, "few_rejected"),
        ({"off_plan": 48}, "few_off_plan"),
        ({"missing": 101}, "clients_lose_nothing"),
        ({"skew_s": 60.1}, "clocks_agree"),
        ({"skew_s": -3600.0}, "clocks_agree"),
        ({"clocks_off": 181}, "clocks_agree"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_beyond_its_limit_one_check_is_red(change: dict[str, object], check: str) -> None:
    assert red(replace(SOUND, **change)) == [check]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "quiet",
    [
        HourFacts(HOUR),
        HourFacts(HOUR, received=19, rejected=19),
        HourFacts(HOUR, received=19, stored=19, off_plan=19, clocked=19, clocks_off=19, skew_s=1e6),
        HourFacts(HOUR, numbered=19, missing=19),
        HourFacts(HOUR, past=(99, 99, 99)),
        HourFacts(HOUR, past=(5000,)),
        HourFacts(HOUR, past=(5000, 5000), is_over=False),
    ],
    ids=["nothing", "few refused", "few stored", "few numbers", "never much", "one week", "not over"],
)
def test_few_events_are_nobodys_alarm(quiet: HourFacts) -> None:
    assert red(quiet) == []


def in_tab(number: int, received_at: int, tab: str = "t1") -> dict[str, object]:
    return {"context": json.dumps({"tab": {"id": tab, "seq": number}}), "anonymous_id": tab}


@pytest.mark.slow
def test_facts_are_read_from_the_lake(store: Store) -> None:
    late = at(4, 5_000_000)
    clocks = [{"sent_at": late - 2_000_000}, {"sent_at": late - 2_000_000}, {"sent_at": late - 400_000_000}]
    rows = [event(f"m{n}", late, off_plan="unknown_parameter" if n == 1 else None, **clocks[n - 1], **in_tab(n, late))
            for n in (1, 2, 3)]  # fmt: skip
    rows += [event("m9", late, **in_tab(9, late)), event("other", late, **in_tab(7, late, "t2"))]
    refused = [replace_original(rejected(late), {"context": {"tab": {"id": "t1", "seq": 5}}})]
    write_part(store.landing, rows, "now")
    write_part(store.landing, [event("m1", late + 1)], "copy")
    write_part(store.landing, refused, "refused")
    write_part(store.landing, [event("m4", at(5), **in_tab(4, at(5)))], "next hour")  # late, from an offline browser
    for week, count in ((1, 3), (2, 2), (4, 1)):
        past = late - week * 7 * 24 * HOUR_US
        write_part(store.landing, [event(f"w{week}-{n}", past) for n in range(count)], f"week {week}")
    load_hours(store, store.landing.hours())

    facts = hour_facts(store.connection, HOUR)

    # numbers 1 to 9 of the first tab: 5 was refused, 4 came an hour later, 6, 7 and 8 never came
    assert facts == HourFacts(
        HOUR, received=7, rejected=1, duplicate=1, stored=5, off_plan=1, clocked=3, skew_s=2.0, clocks_off=1,
        numbered=10, missing=3, past=(3, 2, 0, 1),
    )  # fmt: skip
    assert not hour_facts(store.connection, HOUR, now=HOUR.start.timestamp() + 3599).is_over


def replace_original(row: object, original: object) -> object:
    import msgspec

    return msgspec.structs.replace(row, original=json.dumps(original))  # type: ignore[type-var]


@pytest.mark.slow
def test_the_oldest_file_that_is_not_loaded_counts_and_not_the_newest(store: Store) -> None:
    loaded = write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))
    old = write_part(store.landing, [event("b", at(4))], "2")
    write_part(store.landing, [event("c", at(4))], "3")
    for file, age_s in ((loaded, 9999), (old, 400)):
        os.utime(store.landing.absolute(file.path), (time.time() - age_s,) * 2)

    files, age_s = oldest_wait_s(store.settings, store.connection)

    assert files == 2
    assert 400 <= age_s < 460
    assert age_s > watch.WAITS_AT_MOST_S
    load_hours(store, hours(4))
    assert oldest_wait_s(store.settings, store.connection) == (0, 0.0)
