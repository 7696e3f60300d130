"""``ga4_deliveries``, ``webhook_deliveries``: what was sent. Wiring only; the work is in ``delivery``."""

import dagster as dg

from ingest_api.settings import Settings
from tracking_pipeline.names import DELIVERIES, EVENTS, WEBHOOK_DELIVERIES


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
    return _deliver(context, settings, "ga4")


@dg.asset(
    key=WEBHOOK_DELIVERIES,
    deps=[EVENTS],
    group_name="delivery",
    kinds={"duckdb"},
    owners=["team:data"],
    metadata={"dagster/table_name": "main.deliveries"},
)
def webhook_deliveries(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """Signed batches of events, posted to `TRACKING_WEBHOOK_URL`; their states are in `delivery_status` too.

    **Rerun:** safe at any time; what may have arrived is sent again, with the same event ids.
    """
    return _deliver(context, settings, "webhook")


def _deliver(context: dg.AssetExecutionContext, settings: Settings, name: str) -> dg.MaterializeResult[None]:
    from dataclasses import asdict

    from tracking_pipeline.delivery.sender import deliver

    report = asdict(deliver(settings, name))
    context.log.info(f"destination={name} standin={settings.ga4.standin} {report}")
    return dg.MaterializeResult(metadata={name: value for name, value in report.items() if value is not None})
