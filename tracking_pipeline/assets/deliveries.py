"""``ga4_deliveries`` and its like: what was sent; ``delivery_accounts``: what became of it. Wiring only."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from ingest_api.settings import Settings
from tracking_pipeline.delivery.targets import Kind
from tracking_pipeline.names import DELIVERIES, DELIVERY_ACCOUNTS, EVENTS, deliveries_to

HOURS_SHOWN = 24
CHECKS = {
    "deliveries_add_up": (
        "stored = sent + pending + uncertain + expired + dead + suppressed, per hour, destination and source, and the"
        " ledger knows of no event that is not stored.\n\n**Red?** `select * from delivery_accounts where residual <>"
        " 0`, then materialize those hours of `events`. Was the lake restored without its ledger? Do not replay before"
        " that is understood."
    ),
    "deliveries_in_time": (
        "Nothing expires within 12 hours, and no lease is left open.\n\n**Red?** Look at the runs of the delivery asset"
        " and at `select * from expires_next`."
    ),
    "destinations_take_requests": (
        "No destination rejects request after request (3xx, 4xx).\n\n**Red?** Sending has stopped, and the backlog is"
        " kept with what was rejected: mend the settings; a probe notices within 15 minutes, and all goes out."
    ),
}

OTHERS_ABOUT = (
    "Their states are in `delivery_status` too.\n\nOne row of `deliveries` is one state change of one event on its way"
    " there.\n\n**Rerun:** safe at any time; what was taken is never sent again.\n\n**Red?** Read the run's error; the"
    " next run, a minute later, closes what this one left open."
)

if TYPE_CHECKING:
    from tracking_pipeline.delivery.accounts import DeliveryAccount


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

    **Red?** Read the run's error; the next run, a minute later, closes what this one left open. `stopped_reason` says
    why something is left: a pause that GA4 asked for, or the end of the minute. `dead` events were refused for good:
    `select reason, http_status, count(*) from delivery_status where state = 'dead' group by all`.
    """
    return _deliver(context, settings, "ga4")


def other_deliveries(kind: Kind) -> dg.AssetsDefinition:
    """Build the asset of a destination beside GA4."""

    @dg.asset(
        key=deliveries_to(kind.name),
        deps=[EVENTS],
        group_name="delivery",
        kinds={"duckdb"},
        owners=["team:data"],
        metadata={"dagster/table_name": "main.deliveries"},
        description=f"{kind.about} {OTHERS_ABOUT}",
    )
    def deliveries(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> dg.MaterializeResult[None]:
        return _deliver(context, settings, kind.name)

    return deliveries


@dg.asset(
    key=DELIVERY_ACCOUNTS,
    deps=[DELIVERIES],
    group_name="delivery",
    kinds={"duckdb"},
    owners=["team:data"],
    metadata={"dagster/table_name": "main.delivery_accounts"},
    check_specs=[dg.AssetCheckSpec(name, asset=DELIVERY_ACCOUNTS, description=text) for name, text in CHECKS.items()],
)
def delivery_accounts(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """One row is one hour, destination and source: stored events, and what became of them, of the last 80 hours.

    **Rerun:** safe at any time; it only reads. The numbers of each run are the plots of this asset.

    **Red?** The check's description says what to do; the view `undelivered` says of each event why it is not there.
    """
    from tracking_pipeline.delivery.accounts import delivery_accounts as read_accounts
    from tracking_pipeline.delivery.accounts import lateness, stopped, strays, totals
    from tracking_pipeline.delivery.clock import Clock
    from tracking_pipeline.lake import attach

    now = Clock().utc()
    with attach.opened(settings, read_only=True) as connection:
        accounts, late = read_accounts(connection, now), lateness(connection, now)
        unknown = strays(connection, now)
    yield dg.MaterializeResult(metadata=totals(accounts) | {"hours": _table(accounts)})
    bad = [account for account in accounts if not account.adds_up]
    sums = totals(accounts) | {"strays": unknown, "bad": _table(bad)}
    yield _checked("deliveries_add_up", not bad and not unknown, sums)
    counts = {f"{each.destination}_{what}": getattr(each, what) for each in late for what in ("expiring", "stuck")}
    yield _checked("deliveries_in_time", not any(counts.values()), counts)
    rejected = stopped(settings)
    yield _checked("destinations_take_requests", not rejected, {f"{n}_rejections": c for n, c in rejected.items()})


def _checked(name: str, passed: bool, metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(asset_key=DELIVERY_ACCOUNTS, check_name=name, passed=passed, metadata=metadata)


def _table(accounts: "list[DeliveryAccount]") -> dg.TableMetadataValue:
    """Show the newest hours first."""
    from dataclasses import asdict

    newest = sorted(accounts, key=lambda each: (each.date, each.hour), reverse=True)[:HOURS_SHOWN]
    records = [{name: str(value) if name == "date" else value for name, value in asdict(a).items()} for a in newest]
    columns = [dg.TableColumn(name) for name in (records[0] if records else ("date",))]
    return dg.MetadataValue.table([dg.TableRecord(record) for record in records], dg.TableSchema(columns))


def _deliver(context: dg.AssetExecutionContext, settings: Settings, name: str) -> dg.MaterializeResult[None]:
    from dataclasses import asdict

    from tracking_pipeline.delivery.sender import deliver

    report = asdict(deliver(settings, name))
    context.log.info(f"destination={name} standin={settings.ga4.standin} {report}")
    return dg.MaterializeResult(metadata={name: value for name, value in report.items() if value is not None})
