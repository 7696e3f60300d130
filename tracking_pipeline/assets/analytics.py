"""The marts as one plain DuckDB file, published after each run of theirs. Wiring; the work is in ``lake.marts``."""

from collections.abc import Iterator

import dagster as dg

from ingest_api.settings import Settings
from tracking_pipeline.lake.marts.tables import MARTS
from tracking_pipeline.names import ANALYTICS

ABOUT = """`data/analytics.duckdb`: all marts in one file, for tools that open nothing but DuckDB files.

**Rerun:** safe at any time, see job `refresh_marts`. The new file takes the old one's name in one step; who has the old
one open reads on in it. A run is left out while the file holds what the marts hold, and for ten times as long as the
last one took.

**Red?** Read the run's error, most likely no space is left. The marts are fine, and the file is the last good one.
"""


@dg.asset(
    key=ANALYTICS,
    deps=[mart.name for mart in MARTS],
    description=ABOUT,
    group_name="marts",
    kinds={"duckdb", "file"},
    owners=["team:data"],
    output_required=False,
)
def analytics(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> Iterator[dg.Output[None]]:
    """Publish the marts as they are, if a file is due."""
    from tracking_pipeline.lake.marts.analytics import publish
    from tracking_pipeline.lake.marts.analytics_due import reason_to_wait

    reason = reason_to_wait(settings)
    published = None if reason else publish(settings)
    if published is None:
        context.log.info(f"not published: {reason or 'the marts are being brought up'}")
        return
    yield dg.Output(None, metadata={"rows": published.rows, "bytes": published.bytes, "seconds": published.seconds})
