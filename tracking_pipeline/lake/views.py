"""The views of the lake: what each shows, and its SQL. Three are made for the place or the catalogue at hand."""

from importlib import resources

from ingest_api.catalogue import Kind, Param, catalogue
from ingest_api.settings import Settings
from tracking_pipeline.lake.dictionary import data_dictionary
from tracking_pipeline.lake.quoted import quoted

# view -> its comment; its SQL is sql/<view>.sql, but for typed_events and data_dictionary
VIEWS = {
    "delivery_status": "One row per stored event and destination it is for, with its newest state.",
    "undelivered": "One row per stored event and destination it was not sent to, with the reason in words.",
    "expires_next": "One row per event that leaves by itself and destination, soonest to expire first.",
    "delivery_failures": "One row per destination, state and reason of events that do not leave by themselves.",
    "delivery_accounts": "One row per hour of receipt, destination and source: stored, and what became of it.",
    "delivery_fixes": "One row per change that was made to an event so that a destination takes it: rule and field.",
    "delivery_name_clashes": "One row per destination and name there that events of different names here share.",
    "receipts": "One row per received row, wherever it rests: events, duplicates, rejected_events or set_aside.",
    "duplicate_conflicts": "One row per duplicate whose content is not that of the copy in events.",
    "freshness": "Always one row: up to when everything is loaded, which part files wait, how far the marts are.",
    "typed_events": "One row per event, with a typed column for every parameter of the catalogue (docs/events.md).",
    "data_dictionary": "One row per column of every table and view, with its type and what it says.",
}
KEYS = (
    "event_id, source as source_name, type, event_name, occurred_at, received_at, date, hour, device_id, anonymous_id,"
    " user_id, is_bot, off_plan, properties"
)
TYPES = {
    Kind.INTEGER: "bigint",
    Kind.DECIMAL: "decimal(38, 18)",
    Kind.DIGITS: "decimal(38, 0)",
    Kind.BOOLEAN: "boolean",
}


def statement(name: str) -> str:
    """Return the text of ``sql/<name>.sql``."""
    return resources.files("tracking_pipeline.lake").joinpath("sql", f"{name}.sql").read_text()


def view_text(view: str, settings: Settings) -> str:
    """Return the statement that makes a view."""
    return generic_text(view).replace("{landing}", quoted(landing_of(settings)))


def generic_text(view: str) -> str:
    """Return the statement that makes a view, wherever the landing zone lies."""
    if view == "data_dictionary":
        return data_dictionary()
    return typed_events() if view == "typed_events" else statement(view)


def landing_of(settings: Settings) -> str:
    """Return the landing zone's path as the views name it."""
    return str(settings.landing_dir.absolute())


def typed_events() -> str:
    """Return the view's statement: the catalogue promotes its parameters to columns, of old events too, at no cost.

    A value that is not of its type is null there and stays in ``properties``; ``off_plan`` says so.
    """
    columns = ",\n  ".join(f'{_typed(param)} as "{param.name}"' for param in catalogue().params.values())
    return f"create or replace view typed_events as select\n  {KEYS},\n  {columns}\nfrom events"


def _typed(param: Param) -> str:
    path = f"'$.\"{param.name}\"'"
    if param.kind in (Kind.LIST, Kind.OBJECT):
        return f"json_extract(properties, {path})"
    value = f"json_extract_string(properties, {path})"
    if param.kind is Kind.INTEGER:  # a cast would round
        return f"case when regexp_full_match({value}, '-?[0-9]+') then try_cast({value} as bigint) end"
    return f"try_cast({value} as {TYPES[param.kind]})" if param.kind in TYPES else value
