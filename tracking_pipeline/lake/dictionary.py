"""The view ``data_dictionary``: every column of every table and view, with its type and what it says.

DuckLake takes comments on tables and their columns, and on views, but none on a view's columns (tried with 1.5.5). A
view's column says what the table's of that name says, unless it is described here.
"""

from ingest_api.catalogue import Param, catalogue
from tracking_pipeline.lake.quoted import quoted

# (view, column) -> what it says; a column of no view is described for all of them
DESCRIBED = {
    ("", "expires_at"): "When the event is too old for the destination, UTC",
    ("", "why"): "State and reason in words",
    ("undelivered", "leaves_by_itself"): "Whether a later run sends it without anybody doing something",
    ("expires_next", "time_left"): "How long it may still leave",
    ("delivery_failures", "events"): "How many events",
    ("delivery_failures", "replayable"): "How many of them `tracking replay` can send again: young enough",
    ("delivery_failures", "first_at"): "When the first of them came to that state, UTC",
    ("delivery_failures", "last_at"): "When the last of them did, UTC",
    ("delivery_failures", "example"): "Message id of one of them, for `tracking trace`",
    ("delivery_accounts", "stored"): "Events of the hour that are for the destination",
    ("delivery_accounts", "sent"): "Those that it took",
    ("delivery_accounts", "pending"): "Those that still leave by themselves: unsent, leased or to be tried again",
    ("delivery_accounts", "uncertain"): "Those of which nobody knows whether they arrived",
    ("delivery_accounts", "expired"): "Those that grew too old before they left",
    ("delivery_accounts", "dead"): "Those that it refused, or that it cannot be told",
    ("delivery_accounts", "suppressed"): "Those that may not leave",
    ("delivery_accounts", "residual"): "stored less all the others; not 0 is a fault",
    ("delivery_fixes", "rule"): "Rule that changed it (docs/ga4-rules.md)",
    ("delivery_fixes", "field"): "What was changed; null for the whole event",
    ("delivery_name_clashes", "sent_as"): "Name at the destination",
    ("delivery_name_clashes", "names"): "Names here that fall on it",
    ("delivery_name_clashes", "events"): "Events under that name",
    ("receipts", "place"): "Table that holds the row: events, duplicates, rejected_events or set_aside",
    ("duplicate_conflicts", "winner_properties"): "Properties of the copy in events",
    ("freshness", "loaded_up_to"): "End of the newest hour up to which everything is loaded, UTC",
    ("freshness", "last_load_at"): "When the newest part file was loaded, UTC",
    ("freshness", "waiting_files"): "Part files that are published and not loaded",
    ("freshness", "waiting_hours"): "Hours that they are of",
    ("freshness", "oldest_waiting_hour"): "The oldest of those hours, UTC",
    ("freshness", "loads_not_in_marts"): "Transactions that the marts have not seen",
    ("freshness", "marts_refreshed_at"): "When the marts were written last, UTC",
    ("data_dictionary", "table_name"): "Table or view",
    ("data_dictionary", "position"): "Place of the column in it, from 1",
    ("data_dictionary", "column_name"): "Column",
    ("data_dictionary", "data_type"): "Its type in DuckDB",
    ("data_dictionary", "comment"): "What it says",
}


def data_dictionary() -> str:
    """Return the view's statement."""
    known = DESCRIBED | {("typed_events", param.name): _about(param) for param in catalogue().params.values()}
    rows = ",\n    ".join("('" + "', '".join(map(quoted, (*key, said))) + "')" for key, said in known.items())
    return f"""create or replace view data_dictionary as
with described (table_name, column_name, comment) as (
  values
    {rows}
),
columns as (
  select table_name, column_index as position, column_name, data_type, comment
  from duckdb_columns()
  where database_name in (select database_name from duckdb_tables() where table_name = 'fence')
    and schema_name = 'main'
),
of_tables as (
  select column_name, arg_min(comment, (table_name <> 'events', table_name <> 'deliveries', table_name)) as comment
  from columns
  where comment is not null
  group by column_name
)
select
  c.table_name,
  c.position,
  c.column_name,
  c.data_type,
  coalesce(c.comment, v.comment, a.comment, t.comment) as comment
from columns c
left join described v on v.table_name = c.table_name and v.column_name = c.column_name
left join described a on a.table_name = '' and a.column_name = c.column_name
left join of_tables t on t.column_name = c.column_name"""


def _about(param: Param) -> str:
    return f"Parameter of the catalogue, {param.kind}, {param.privacy}" + (f": {param.about}" if param.about else "")
