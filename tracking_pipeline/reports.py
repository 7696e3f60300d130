"""What a loaded hour shows in Dagster: metadata with stable names (they become plots) and check results."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from tracking_pipeline.names import EVENTS, FINGERPRINT

if TYPE_CHECKING:
    from tracking_pipeline.lake.accounting import HourState
    from tracking_pipeline.lake.load import Loaded


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one hour."""

    check: str
    passed: bool
    metadata: dict[str, Any]


CHECKS = {
    "hour_adds_up": (
        "received = stored + duplicate + rejected + set aside. If not: compare the hour's part files with"
        " `loaded_files` (`tracking status`), then materialize the hour again."
    ),
    "no_message_twice": (
        "Every message stands in `events` once, every duplicate has its message there. If not: materialize the hour."
    ),
    "files_all_loaded": (
        "Every file that is on disk for over a minute is in `loaded_files`. If not: materialize the hour."
    ),
}


def findings(state: "HourState") -> list[Finding]:
    """Judge one hour by every check."""
    account = state.account
    numbers = {
        "received": account.received,
        "stored": account.stored,
        "duplicate": account.duplicate,
        "rejected": account.rejected,
        "set_aside": account.set_aside,
        "residual": account.residual,
    }
    return [
        Finding("hour_adds_up", state.adds_up, numbers),
        Finding("no_message_twice", state.unique, {"doubled": state.doubled, "winnerless": state.winnerless}),
        Finding("files_all_loaded", not state.overdue, {"files": state.listed, "waiting": len(state.not_loaded)}),
    ]


def hour_metadata(state: "HourState", loaded: "Loaded") -> dict[str, Any]:
    """Return an hour's materialization metadata; the fingerprint only if its listing is loaded whole."""
    account = state.account
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": account.stored,
        "rows_received": account.received,
        "rows_duplicate": account.duplicate,
        "rows_rejected": account.rejected,
        "rows_set_aside": account.set_aside,
        "files": account.files,
        "files_loaded": loaded.files,
        "rows_loaded": loaded.rows,
    }
    return metadata | ({FINGERPRINT: state.fingerprint} if state.fingerprint else {})


def check_evaluations(state: "HourState") -> Iterator[dg.AssetCheckEvaluation]:
    """Yield each check's evaluation of one hour, so that the hour stays red until *it* is mended."""
    for finding in findings(state):
        yield dg.AssetCheckEvaluation(
            asset_key=EVENTS,
            check_name=finding.check,
            passed=finding.passed,
            metadata=finding.metadata,
            severity=dg.AssetCheckSeverity.ERROR,
            blocking=True,
            partition=state.account.hour.key,
        )


def hour_events(state: "HourState", loaded: "Loaded") -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """Yield what the draining job logs for one hour: its materialization and its checks."""
    yield dg.AssetMaterialization(EVENTS, partition=state.account.hour.key, metadata=hour_metadata(state, loaded))
    yield from check_evaluations(state)
