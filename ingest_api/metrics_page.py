"""``/metrics``: counters of all workers and of the publisher, and what waits in the spool at this moment."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ingest_api.backlog import Backlog
from ingest_api.metrics import COUNTS, SPREADS, Count, Values, buckets

GAUGES = {
    "tracking_spool_bytes": ("Bytes of segments that are not published yet.", "bytes"),
    "tracking_spool_segments": ("Segments that are not published yet.", "segments"),
    "tracking_spool_oldest_segment_seconds": ("Age of the oldest segment's last record.", "oldest_s"),
    "tracking_publisher_lag_seconds": ("Age of the oldest segment that the publisher could take.", "publisher_lag_s"),
}


def render(values: Values, backlog: Backlog, accept: str = "") -> tuple[bytes, str]:
    """Return the page and its content type: Prometheus' text, or OpenMetrics where it is asked for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(values, backlog))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Families(Collector):
    def __init__(self, values: Values, backlog: Backlog) -> None:
        self._values = values
        self._backlog = backlog

    def collect(self) -> Iterable[Metric]:
        for name, count in COUNTS.items():
            yield _counter(name, count, self._values)
        for name, spread in SPREADS.items():
            yield HistogramMetricFamily(name, spread.help, buckets(name, self._values), self._values.get(name, 0))
        for name, (text, field) in GAUGES.items():
            yield GaugeMetricFamily(name, text, getattr(self._backlog, field))


def _counter(name: str, count: Count, values: Values) -> Metric:
    if not count.label:
        return CounterMetricFamily(name, count.help, values.get(name, 0))
    family = CounterMetricFamily(name, count.help, labels=[count.label])
    for key, value in sorted(values.items()):
        if key.startswith(f"{name} "):
            family.add_metric([key.removeprefix(f"{name} ")], value)
    return family
