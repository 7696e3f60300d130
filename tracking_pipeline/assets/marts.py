"""The marts: what analysts start from, one asset each, all brought up by one run. Wiring; the work is in ``lake``."""

from collections.abc import Iterator

import dagster as dg

from ingest_api.settings import Settings
from tracking_pipeline.lake.marts.tables import MARTS, Mart
from tracking_pipeline.names import EVENTS, MART_EQUALS
from tracking_pipeline.standing import standing

ABOUT = """{about}

**Rerun:** safe at any time; it takes in what the lake has and the marts do not, and changes nothing otherwise.

**Red?** Read the run's error; the rows are those of the last good run. The next run, at most a minute later, begins
where that one ended. If a check is red: launch this job with `rebuild: true`, it computes all marts from `events`.
"""


def mart_spec(mart: Mart) -> dg.AssetSpec:
    """Describe one mart from the place that defines its table."""
    columns = [
        dg.TableColumn(c.name, c.type, c.about, dg.TableColumnConstraints(nullable=not c.required))
        for c in mart.table.columns
    ]
    return dg.AssetSpec(
        mart.name,
        deps=[EVENTS],
        description=ABOUT.format(about=mart.table.about),
        group_name="marts",
        kinds={"duckdb", "table"},
        owners=["team:data"],
        metadata={
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "dagster/table_name": f"main.{mart.name}",
        },
    )


@dg.multi_asset(
    name="marts",
    specs=[mart_spec(mart) for mart in MARTS],
    config_schema={"rebuild": dg.Field(bool, default_value=False, description="Throw all marts away first")},
)
def marts(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """Bring all marts up to the lake, or compute them anew."""
    from tracking_pipeline.lake.marts.refresh import rebuild, refresh

    anew = context.op_execution_context.op_config["rebuild"]
    done = rebuild(settings) if anew else refresh(settings)
    context.log.info(f"load_id={done.load_id} windows={done.windows} seconds={done.seconds} busy={done.busy}")
    for mart in MARTS:
        yield dg.MaterializeResult(
            asset_key=mart.name,
            metadata={
                "rows_written": done.written.get(mart.name, 0),
                "rows_removed": done.removed.get(mart.name, 0),
                "load_id": done.load_id,
                "seconds": done.seconds,
            },
        )
    if not anew:
        for evaluation in standing(context.instance, dg.AssetKey("sessions"), MART_EQUALS):
            context.log_event(evaluation)
