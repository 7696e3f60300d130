"""The answers to the fifteen questions of docs/analysts.md, from what the made-up site's maker knows: no SQL."""

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from bench.swapsite.truth import Session, Swap, Truth, day_of, usd
from bench.swapsite.visits import PAIRS, Landing

Answer = list[tuple[Any, ...]]
ACTS = ("tokens", "routes", "select", "start", "complete")


def _grouped(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def _quantile(values: Sequence[Any], share: float) -> Any:
    """The smallest value that at least this share is not above."""
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


def _visitors(truth: Truth, items: Iterable[Session | Swap]) -> int:
    return len({truth.visitors[item.client] for item in items})


def _browsers(truth: Truth) -> list[Session]:
    return [session for session in truth.sessions if session.client[0] == "anonymous"]


def _completed(truth: Truth) -> list[Swap]:
    return [swap for swap in truth.swaps.values() if swap.status == "completed"]


def _volume(swaps: Iterable[Swap]) -> Decimal:
    return sum((usd(swap.route.usd_micro) for swap in swaps), Decimal(0))


def _first_sessions(truth: Truth) -> dict[str, Session]:
    by_start = sorted(truth.sessions, key=lambda session: session.started_at, reverse=True)
    return {truth.visitors[session.client]: session for session in by_start}


def by_day(truth: Truth) -> Answer:
    return [
        (day, len(of.visitors), of.sessions, of.page_views,
         round(1 - of.engaged_sessions / of.sessions, 3) if of.sessions else None)
        for day, of in sorted(truth.days.items())
    ]  # fmt: skip


def channels(truth: Truth) -> Answer:
    def channel(session: Session) -> str:
        return session.visit.landing.channel if session.client[0] == "anonymous" else "Direct"

    rows = [
        (name, len(found), _visitors(truth, found), round(sum(not s.is_engaged for s in found) / len(found), 3),
         sum(session.count("complete") for session in found))
        for name, found in _grouped(truth.sessions, channel).items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def entries(truth: Truth) -> Answer:
    groups = _grouped(_browsers(truth), lambda session: session.entry_path)
    rows = [(path, len(found), sum(not session.is_engaged for session in found)) for path, found in groups.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def devices(truth: Truth) -> Answer:
    groups = _grouped(_browsers(truth), lambda session: session.device_type)
    rows = [
        (kind, len(found), *(sum(session.count(act) > 0 for session in found) for act in ("start", "complete")))
        for kind, found in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def returning(truth: Truth) -> Answer:
    return [(day, of.new_visitors, len(of.visitors) - of.new_visitors) for day, of in sorted(truth.days.items())]


def weeks(truth: Truth) -> Answer:
    def monday(session: Session) -> dt.date:
        day = session.started_at.date()
        return day - dt.timedelta(days=day.weekday())

    first = _first_sessions(truth)
    seen = {
        (monday(first[visitor]), (monday(session) - monday(first[visitor])).days // 7, visitor)
        for session in truth.sessions
        for visitor in (truth.visitors[session.client],)
    }
    counts = Counter((cohort, later) for cohort, later, _ in seen)
    return sorted((cohort, later, count) for (cohort, later), count in counts.items())


def funnel(truth: Truth) -> Answer:
    return [tuple(_visitors(truth, (s for s in truth.sessions if s.count(act))) for act in ACTS)]


def outcomes(truth: Truth) -> Answer:
    groups = _grouped(truth.swaps.values(), lambda swap: day_of(swap.started_us))
    statuses = ("completed", "failed", "timed_out")
    return sorted(
        (day, len(found), *(sum(swap.status == status for swap in found) for status in statuses))
        for day, found in groups.items()
    )


def _by_pair(truth: Truth) -> dict[tuple[str, str], list[Swap]]:
    def pair(swap: Swap) -> tuple[str, str]:
        from_chain, _, to_chain, _ = PAIRS[swap.route.pair]
        return str(from_chain), str(to_chain)

    return _grouped(_completed(truth), pair)


def volume(truth: Truth) -> Answer:
    rows = [(*pair, len(found), _volume(found)) for pair, found in _by_pair(truth).items()]
    return sorted(rows, key=lambda row: row[-1], reverse=True)[:10]


def tokens(truth: Truth) -> Answer:
    rows = []
    for symbol, found in _grouped(_completed(truth), lambda swap: PAIRS[swap.route.pair][1]).items():
        amounts = [usd(swap.route.usd_micro) for swap in found]
        rows.append((symbol, len(found), _quantile(amounts, 0.5), max(amounts)))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def failures(truth: Truth) -> Answer:
    failed = [swap for swap in truth.swaps.values() if swap.status == "failed"]
    rows = [
        (error, len(found), sum(len(swap.failures) for swap in found))
        for error, found in _grouped(failed, lambda swap: swap.error_class).items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def retries(truth: Truth) -> Answer:
    groups = _grouped((s for s in truth.swaps.values() if s.failures), lambda swap: len(swap.failures))
    return sorted((n, len(found), sum(swap.status == "completed" for swap in found)) for n, found in groups.items())


def durations(truth: Truth) -> Answer:
    rows = []
    for pair, found in _by_pair(truth).items():
        taken = [((swap.first("complete") or 0) - swap.started_us) / 1e6 for swap in found]
        rows.append((*pair, _quantile(taken, 0.5), _quantile(taken, 0.9)))
    return sorted(rows)


def campaigns(truth: Truth) -> Answer:
    first = _first_sessions(truth)

    def touch(swap: Swap) -> Landing:
        return first[truth.visitors[swap.client]].visit.landing

    rows = [
        (landing.source, landing.medium, landing.campaign, _visitors(truth, found), len(found), _volume(found))
        for landing, found in _grouped(_completed(truth), touch).items()
    ]
    return sorted(rows, key=lambda row: row[-1], reverse=True)


def wallets(truth: Truth) -> Answer:
    owned: dict[str, set[str]] = defaultdict(set)
    for client, named in truth.wallets.items():
        owned[truth.visitors[client]] |= named
    return sorted(Counter(len(named) for named in owned.values() if named).items())


ANSWERS: tuple[Callable[[Truth], Answer], ...] = (
    by_day, channels, entries, devices, returning, weeks, funnel, outcomes, volume, tokens, failures, retries,
    durations, campaigns, wallets,
)  # fmt: skip
