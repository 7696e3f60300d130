"""The event catalogue in SQL, for the mart that compares it with what came."""

import duckdb

from ingest_api.catalogue import catalogue


def show_catalogue(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temp tables ``catalogue_events`` (name, section) and ``catalogue_params`` (name)."""
    events = list(catalogue().events.values())
    connection.execute(
        "create or replace temp table catalogue_events as select unnest($names) as name, unnest($sections) as section",
        {"names": [event.name for event in events], "sections": [event.section for event in events]},
    )
    connection.execute(
        "create or replace temp table catalogue_params as select unnest($names) as name",
        {"names": list(catalogue().params)},
    )
