"""``ga4_deliveries``: what GA4 was sent. Wiring only; the work is in ``delivery``."""

import dagster as dg

from ingest_api.settings import Settings
from tracking_pipeline.names import DELIVERIES, EVENTS


@dg.asset(
    key=DELIVERIES,
    deps=[EVENTS],
    group_name="delivery",
    kinds={"google", "duckdb"},
    owners=["team:data"],
    metadata={"dagster/table_name": "main.deliveries"},
)
def ga4_deliveries(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """One row of `deliveries` is one state change of one event on its way to GA4; `delivery_status` has the newest.

    **Rerun:** safe at any time; what was sent is never sent again, what is uncertain is never sent again unasked.
    """
    from dataclasses import asdict

    from tracking_pipeline.delivery.sender import deliver

    report = asdict(deliver(settings))
    context.log.info(f"target={'stand-in' if settings.ga4.standin else settings.ga4.measurement_id} {report}")
    return dg.MaterializeResult(metadata={name: value for name, value in report.items() if value is not None})
