"""The store: what an older version made still works, and a look costs the same however much is stored."""

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.tracking_pipeline.standin.conftest import NOW_US, body
from tracking_pipeline.protocol.judge import judge
from tracking_pipeline.standin.receipt import receipt_of
from tracking_pipeline.standin.store import Store

OLD = """
create table requests (
    request_id integer primary key autoincrement, received_at integer not null, measurement_id text not null,
    client_id text not null, user_id text not null, user_properties text not null, consent text not null
) strict;
create table events (
    event_number integer primary key autoincrement, request_id integer not null, position integer not null,
    name text not null, params text not null, timestamp_micros integer not null, problems text not null
) strict;
create index events_by_name on events (name);
insert into requests values (1, 1790000000000000, 'G-T', '1.2', '', '{}', '{}');
insert into events values (1, 1, 0, 'swap', '{}', 1790000000000000, '[]'), (2, 1, 1, 'swap', '{}', 1, '[]');
"""
QUERY = {"measurement_id": "G-T", "api_secret": "s"}


def record(store: Store, *events: dict[str, object], client_id: str = "1.2") -> None:
    sent = json.dumps(body(*events) | {"client_id": client_id}).encode()
    store.record(receipt_of(judge(QUERY, sent, NOW_US), "G-T"))


def test_a_store_of_an_older_version_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "standin" / "events.sqlite"
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(OLD)
    store = Store(path)
    record(store)
    store.close()

    again = Store(path)

    kept, refused = again.of_client("1.2", 10)
    assert [each["device"] for each in kept] == [{}] * 3
    assert (len(refused), again.counts()) == (0, [("swap", 3)])
    again.close()


FILL = """
with recursive n(i) as (select 1 union all select i + 1 from n where i < $rows)
insert into {table} select {values} from n
"""
TABLES = {
    "requests": "null, i, 'G-T', (i % 700) || '.1', '', '{}', '{}', '{}', '{}'",
    "events": "null, i, 0, 'name' || (i % 20), '{}', i, '[]'",
    "problems": "null, i, 0, 'error', '{}', '[]'",
}
LOOKS: dict[str, Callable[[Store], object]] = {
    "events": lambda store: store.events(100),
    "problems": lambda store: store.problems(50),
    "clients": lambda store: store.clients(20),
    "counts": lambda store: store.counts(),
    "client": lambda store: store.of_client("1.1", 5),
}


def steps(store_path: Path, rows: int) -> dict[str, int]:
    """Return how many hundreds of SQLite's own instructions each look takes with so many events stored."""
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1

    def connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path)
        connection.set_progress_handler(count, 100)
        return connection

    store = Store(store_path, connect)
    with contextlib.closing(sqlite3.connect(store_path)) as writer:
        for table, values in TABLES.items():
            writer.execute(FILL.format(table=table, values=values), {"rows": rows})
        writer.commit()
    found = {}
    for name, look in LOOKS.items():
        counted = 0
        look(store)
        found[name] = counted
    store.close()
    return found


def test_a_look_costs_the_same_however_much_is_stored(tmp_path: Path) -> None:
    few = steps(tmp_path / "few" / "events.sqlite", 4_000)
    many = steps(tmp_path / "many" / "events.sqlite", 20_000)

    assert min(few.values()) >= 0 < few["events"]
    assert {name: count for name, count in many.items() if count > few[name] * 1.2 + 5} == {}
