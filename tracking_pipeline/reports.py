"""What a loaded hour shows in Dagster: metadata with stable names (they become plots) and check results."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from ingest_api.partitions import KINDS, rows_in_name
from tracking_pipeline.names import EVENTS, FINGERPRINT

if TYPE_CHECKING:
    from ingest_api.landing import PartFile
    from tracking_pipeline.lake.accounting import HourState
    from tracking_pipeline.lake.load import Loaded
    from tracking_pipeline.lake.watch import Verdict

BAR = "█"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one hour."""

    check: str
    passed: bool
    metadata: dict[str, Any]


# Checks of an hour's rows: they are wrong when one is red. check → what passes, and what to do otherwise.
CHECKS = {
    "hour_adds_up": (
        "received = stored + duplicate + rejected + set aside, counted in different places.\n\n**Red?** Rows are lost"
        " (`residual` above 0) or too many. Materialize the hour: it is replaced from its part files, safe at any time."
        " Still red: a part file was lost or changed; `tracking backfill HOUR` names it, restore it from a backup."
    ),
    "no_message_twice": (
        "Every message stands in `events` once, and every row of `duplicates` has its message there.\n\n**Red?**"
        " Materialize the hour, safe at any time. Red again afterwards: report it as a fault, with the numbers."
    ),
    "files_all_loaded": (
        "Every part file that is on disk for over a minute is in `loaded_files`.\n\n**Red?** Look for a failed run of"
        " `load_landing`; its error names the file. Then materialize the hour, safe at any time."
    ),
}

# Checks of what goes on around an hour: no row is wrong when one is red, but a person should look.
WATCHES = {
    "volume_as_usual": (
        "Once the hour is over: events received are between half and three times the median of the same hour of the"
        " last four weeks (judged from two weeks and 100 events on).\n\n**Red?** Too few: was the site, the collector"
        " or the tracker's script down or blocked (`data/logs/collector.log`, `/metrics`)? Too many: a campaign, a loop"
        " in the page, or a bot: `select event_name, user_agent, count(*) from events` of that hour."
    ),
    "few_rejected": (
        "At most 5 % of the events received are refused (from 20 refused ones on).\n\n**Red?** `select reason, detail,"
        " source, count(*) from rejected_events` of that hour says who sends what. Mend the sender or the setting; what"
        " is accepted then comes in by `tracking replay --rejected`."
    ),
    "few_off_plan": (
        "At most 5 % of the stored events do not keep to the event catalogue (from 20 on).\n\n**Red?** `select"
        " event_name, off_plan, count(*) from events` of that hour. Mend the page, or add the event to the catalogue."
    ),
    "clients_lose_nothing": (
        "At most 2 % of the numbers that browser tabs gave their events never arrived (from 20 on): loss before the"
        " collector.\n\n**Red?** Was the collector unreachable for browsers, or answering 4xx (`/metrics`)? Events that"
        " wait in a browser without a network come later: execute the check again after some hours."
    ),
    "clocks_agree": (
        "The median client's clock is within 60 s of this machine's, and at most 20 % are off by more than 5"
        " minutes.\n\n**Red?** The median is off: this machine's clock is wrong, look at its time service. Many are:"
        " one client family sends wrong times, `select source, user_agent, count(*) from events where abs(epoch("
        "received_at - sent_at)) > 300`. Times in `occurred_at` are corrected either way."
    ),
}
SUMS = (
    "In each hour of the last seven days: received = stored + duplicate + rejected + set aside. The checks of single"
    " hours show their newest result only, this one all.\n\n**Red?** `bad_hours` names them; do what `hour_adds_up`"
    " says: materialize those hours."
)
WAITING = (
    "The oldest part file that is not in `loaded_files` is under five minutes old.\n\n**Red?** Loads fail or do not"
    " run. Look at the runs of `load_landing`, at the sensor `new_part_files` (is it on?), and at"
    " `data/logs/daemon.log`. Nothing is lost: the files wait."
)


def named(hours: Sequence[str]) -> str:
    """Return partition keys as text to read at once: Dagster shows a list behind a link only."""
    return ", ".join(hours) or "none"


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


def landing_metadata(files: Sequence["PartFile"]) -> dict[str, Any]:
    """Return what an hour of the landing zone shows; rows stand in the files' names."""
    rows = {kind: sum(rows_in_name(file.name) or 0 for file in files if file.kind == kind) for kind in KINDS}
    return {
        "files": len(files),
        "bytes": sum(file.bytes for file in files),
        "rows_events": rows["events"],
        "rows_rejected": rows["rejected"],
    }


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
        "files_loaded_by_the_run": loaded.files,
        "rows_loaded_by_the_run": loaded.rows,
        "bytes": state.bytes,
        "lag_seconds_max": state.slowest_load_s,
        "top_events": _top_events(state),
    }
    return metadata | ({FINGERPRINT: state.fingerprint} if state.fingerprint else {})


def _top_events(state: "HourState") -> dg.MetadataValue:
    """Return the hour's most frequent events as a table, each with a bar."""
    most = max((count for _, count in state.top_events), default=1)
    rows = [f"| `{name}` | {count:,} | {BAR * max(1, 20 * count // most)} |" for name, count in state.top_events]
    return dg.MetadataValue.md("\n".join(["| event | rows | |", "|---|--:|---|", *rows]))


def watch_evaluations(hour: str, verdicts: Iterable["Verdict"]) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield what the watches say of one hour (a partition key)."""
    for verdict in verdicts:
        yield dg.AssetCheckEvaluation(
            asset_key=EVENTS,
            check_name=verdict.check,
            passed=verdict.passed,
            metadata=verdict.numbers,
            severity=dg.AssetCheckSeverity.WARN,
            partition=hour,
        )


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
