"""The list of custom dimensions: everything that leaves, once, within GA4's limits; the page is up to date."""

from ingest_api.catalogue import catalogue
from tracking_pipeline.delivery.ga4.__main__ import PAGE
from tracking_pipeline.delivery.ga4.dimensions import (
    MAX_DIMENSIONS,
    MAX_METRICS,
    dimensions,
    is_metric,
    metrics,
    render,
)

KNOWN = catalogue()


def test_the_page_is_up_to_date() -> None:
    command = "python -m tracking_pipeline.delivery.ga4 --write"
    assert PAGE.read_text(encoding="utf-8") == render(KNOWN), f"run: {command}"


def test_every_parameter_that_leaves_is_listed_once_and_none_that_stays() -> None:
    used = {name for event in KNOWN.events.values() for name in event.params} | set(KNOWN.common)
    leaves = sorted(name for name in used if KNOWN.params[name].is_forwarded)

    assert sorted(param.name for param in (*dimensions(KNOWN), *metrics(KNOWN))) == leaves


def test_the_first_fifty_have_the_common_ones_and_the_metrics_fit() -> None:
    first = {param.name for param in dimensions(KNOWN)[:MAX_DIMENSIONS]}

    assert {
        name for name in KNOWN.common if KNOWN.params[name].is_forwarded and not is_metric(KNOWN.params[name])
    } <= first
    assert {"from_chain_id", "to_chain_id", "from_token_symbol", "connector_name"} <= first
    assert len(metrics(KNOWN)) <= MAX_METRICS


def test_ids_are_dimensions_and_amounts_metrics() -> None:
    kinds = {
        name: is_metric(KNOWN.params[name]) for name in ("chain_id", "from_amount_usd", "duration_s", "step_index")
    }

    assert kinds == {"chain_id": False, "from_amount_usd": True, "duration_s": True, "step_index": False}
