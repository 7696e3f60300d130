"""What upkeep leaves of files that changed."""

import pytest

from ingest_api.partitions import hour_of
from tests.tracking_pipeline.lake.parts import event, write_part
from tracking_pipeline.lake.inlined import flush
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.upkeep import tidy

RECEIVED_US = 1_795_600_000_000_000


@pytest.mark.slow
def test_a_file_of_which_a_few_rows_were_deleted_is_written_anew(store: Store) -> None:
    write_part(store.landing, [event(f"e{n}", RECEIVED_US) for n in range(100)], "part")
    load_hours(store, [hour_of(RECEIVED_US)])
    flush(store.connection)
    store.connection.execute("delete from events where ordinal < 5").fetchall()
    flush(store.connection)
    files = "select delete_file_count from ducklake_table_info('lake') where table_name = 'events'"
    before = store.connection.execute(files).fetchall()

    tidy(store.settings)

    assert (before, store.connection.execute(files).fetchall()) == ([(1,)], [(0,)])
    assert store.connection.execute("select count(*) from events").fetchone() == (95,)
