"""CONTRACT: the Arrow schemas of part files, and rows → tables. Imports pyarrow.

Only the publisher and the pipeline import this module; the collector's workers never do.

Column order and types are those of the files on disk; field names equal the structs' in ``schema.py``.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ingest_api.pace import Pace
from ingest_api.partitions import Kind
from ingest_api.schema import SCHEMA_VERSION, Event, Rejected

TIME = pa.timestamp("us")
JSON = pa.json_()


def _field(name: str, kind: pa.DataType, *, required: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=not required)


EVENTS = pa.schema(
    [
        _field("event_id", pa.uuid(), required=True),
        _field("message_id", pa.string(), required=True),
        _field("source", pa.string(), required=True),
        _field("type", pa.string(), required=True),
        _field("event_name", pa.string()),
        _field("category", pa.string()),
        _field("occurred_at", TIME, required=True),
        _field("occurred_from", pa.string(), required=True),
        _field("client_at", TIME),
        _field("sent_at", TIME),
        _field("received_at", TIME, required=True),
        _field("device_id", pa.string()),
        _field("device_is_new", pa.bool_(), required=True),
        _field("withdrawn_device_id", pa.string()),
        _field("anonymous_id", pa.string()),
        _field("user_id", pa.string()),
        _field("group_id", pa.string()),
        _field("previous_id", pa.string()),
        _field("ga_client_id", pa.string()),
        _field("ga_sessions", JSON),
        _field("ga_fpid", pa.string()),
        _field("wallets", pa.list_(pa.string())),
        _field("consent", pa.string()),
        _field("consent_categories", JSON),
        _field("page_url", pa.string()),
        _field("page_path", pa.string()),
        _field("page_title", pa.string()),
        _field("page_referrer", pa.string()),
        _field("user_agent", pa.string()),
        _field("ip", pa.string()),
        _field("origin", pa.string()),
        _field("dialect", pa.string(), required=True),
        _field("properties", JSON),
        _field("traits", JSON),
        _field("context", JSON),
        _field("scrubbed", pa.int32()),
        _field("off_plan", pa.string()),
        _field("replayed_from", pa.string()),
    ]
)

REJECTED = pa.schema(
    [
        _field("reason", pa.string(), required=True),
        _field("detail", pa.string()),
        _field("message_id", pa.string()),
        _field("source", pa.string(), required=True),
        _field("received_at", TIME, required=True),
        _field("sent_at", TIME),
        _field("device_id", pa.string()),
        _field("device_is_new", pa.bool_()),
        _field("ga_client_id", pa.string()),
        _field("ga_sessions", pa.string()),
        _field("ga_fpid", pa.string()),
        _field("original", pa.string()),
        _field("original_bytes", pa.int64(), required=True),
        _field("scrubbed", pa.int32()),
        _field("path", pa.string()),
        _field("ip", pa.string()),
        _field("origin", pa.string()),
        _field("user_agent", pa.string()),
        _field("dialect", pa.string(), required=True),
    ]
)

SCHEMAS: dict[Kind, pa.Schema] = {"events": EVENTS, "rejected": REJECTED}

# Keys of a part file's footer metadata.
META_RECEIVED = b"tracking.received"
META_KIND = b"tracking.kind"
META_SCHEMA_VERSION = b"tracking.schema_version"
META_PLAN = b"tracking.plan"

CELLS_A_ROW = 16  # that cost about as much as to read a row of the spool


def to_table(
    kind: Kind, rows: Sequence[Event | Rejected], *, received: int, plan: str, pace: Pace | None = None
) -> pa.Table:
    """Build the table of one part file. ``received``, the count of the spool's records, goes into its footer.

    Raises pyarrow.ArrowException or ValueError when a row does not fit the schema.
    """
    schema = SCHEMAS[kind].with_metadata(
        {
            META_KIND: kind.encode(),
            META_RECEIVED: str(received).encode(),
            META_SCHEMA_VERSION: str(SCHEMA_VERSION).encode(),
            META_PLAN: plan.encode(),
        }
    )
    return pa.Table.from_arrays([_column(field, rows, pace) for field in schema], schema=schema)


def with_plan(table: pa.Table, plan: str) -> pa.Table:
    """Return the table with its plan's digest in the footer."""
    return table.replace_schema_metadata({**table.schema.metadata, META_PLAN: plan.encode()})


def _column(field: pa.Field, rows: Sequence[Event | Rejected], pace: Pace | None) -> pa.Array:
    if pace:
        pace.worked(len(rows) // CELLS_A_ROW)
    values: list[Any] = [getattr(row, field.name) for row in rows]
    if not field.nullable and None in values:
        raise ValueError(f"{field.name} is missing")
    if isinstance(field.type, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(field.type, pa.array(values, field.type.storage_type))
    return pa.array(values, field.type)
