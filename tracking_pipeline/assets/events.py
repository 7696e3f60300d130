"""``events``: hours of the landing zone in the lake. The asset is for "Materialize" and backfill; live traffic comes
through the draining job of ``jobs.py``.
"""

from collections.abc import Sequence

import dagster as dg

from ingest_api.partitions import parse_key
from ingest_api.settings import Settings
from tracking_pipeline.lake.tables import EVENTS as EVENTS_TABLE
from tracking_pipeline.names import EVENTS, FINGERPRINT, LANDING
from tracking_pipeline.reports import check_evaluations, hour_metadata


def column_schema() -> dg.TableSchema:
    """Return the table's columns as Dagster shows them, from the one place that defines them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(c.name, c.type, c.about, dg.TableColumnConstraints(nullable=not c.required))
            for c in EVENTS_TABLE.columns
        ]
    )


def events_asset(hours: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Build the asset: the hours of the range are replaced, many in a transaction; the rows are the same afterwards."""

    @dg.asset(
        key=EVENTS,
        deps=[LANDING],
        partitions_def=hours,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="lake",
        kinds={"duckdb", "parquet"},
        owners=["team:data"],
        metadata={"dagster/column_schema": column_schema(), "dagster/table_name": "main.events"},
    )
    def events(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
        """One row is one message of a client: the copy received first.

        Further copies rest in `duplicates`, refused events in `rejected_events`, unreadable files in `set_aside`.

        **Plots:** of each hour, rows received = rows here (`dagster/partition_row_count`) + duplicate + rejected + set
        aside; `lag_seconds_max` is the longest that a part file waited from its publication to its load.
        `…_loaded_by_the_run` counts what the run loaded in all its hours.

        **Rerun:** safe at any time, live hour included; the hour is replaced from its part files in one transaction.
        New hours need no button: the sensor `new_part_files` asks for them. A gap in the bar that `landing_files`
        has, too: nothing came in those hours, and there is nothing to run.

        **Red?** A run failed: read its error, nothing of that hour was stored, the sensor asks again. A check failed:
        its description says what to do. Checks that block are about rows; the others say where a person should look.
        Lists show the newest result of a check, its tab Partitions those of all hours.
        """
        failed = _replace(context, settings, context.partition_keys)
        if failed:
            count = len(context.partition_keys)
            raise dg.Failure(f"{len(failed)} of {count} hours not replaced", {"hours": failed}, allow_retries=False)
        return dg.MaterializeResult()

    return events


def _replace(context: dg.AssetExecutionContext, settings: Settings, keys: Sequence[str]) -> dict[str, str]:
    """Replace the hours and log what each has now; return why others were left as they were, by key."""
    from tracking_pipeline.lake.backfill import replace_hours

    failed: dict[str, str] = {}
    for done, state in enumerate(replace_hours(settings, [parse_key(key) for key in keys]), start=1):
        if state.refused:
            failed[state.hour.key] = state.refused
            context.log.error(state.refused)
            continue
        context.log.info(f"{done} of {len(keys)}: {state.hour.key} has {state.loaded.rows} rows")
        context.add_asset_metadata(hour_metadata(state.checked, state.loaded), partition_key=state.hour.key)
        for evaluation in check_evaluations(state.checked):
            context.log_event(evaluation)
    return failed


def loaded_fingerprint(instance: dg.DagsterInstance, key: str) -> str | None:
    """Return the file set that the newest materialization of an hour says is loaded."""
    records = instance.fetch_materializations(dg.AssetRecordsFilter(EVENTS, asset_partitions=[key]), limit=1).records
    done = records[0].asset_materialization if records else None
    value = done.metadata.get(FINGERPRINT) if done else None
    return str(value.value) if value is not None else None
