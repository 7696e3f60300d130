"""The kill report: kill -9 at random moments under load, then count. ``make kill-report`` prints it.

Run: ``python -m tests.crash.kill_report --kills 1000``. Several rigs work side by side, each with its own folder.

- acknowledged: events answered 200. Each is laid to the kill that came next.
- lost: acknowledged, and not in a part file, or not in the lake.
- copies: further rows in part files of an event whose client had no answer and sent it again; the load keeps one.
- doubled: rows beyond what clients sent, or a message twice in the lake.
"""

import argparse
import random
import sys
import tempfile
from bisect import bisect_left
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from tests.crash.rig import VICTIMS, Found, Rig

AFTER_ALL = "(after the last)"


@dataclass
class Line:
    """What was counted for one kind of victim."""

    kills: int = 0
    acknowledged: int = 0
    found: int = 0
    lost: int = 0
    copies: int = 0
    doubled: int = 0


@dataclass
class Report:
    """All rigs, added up."""

    lines: dict[str, Line] = field(default_factory=lambda: {name: Line() for name in (*VICTIMS, AFTER_ALL)})
    unanswered: int = 0
    plans_cut: int = 0

    def total(self) -> Line:
        """Sum of all lines."""
        names = Line.__dataclass_fields__
        return Line(**{name: sum(getattr(line, name) for line in self.lines.values()) for name in names})

    def add(self, rig: Rig, found: Found) -> None:
        """Count what one rig acknowledged and what is there of it."""
        times = [at for at, _ in rig.kills]
        for _, victim in rig.kills:
            self.lines[victim].kills += 1
        for name in rig.clients.tries:
            at = rig.clients.acknowledged.get(name)
            next_kill = bisect_left(times, at) if at is not None else len(times)
            line = self.lines[rig.kills[next_kill][1] if next_kill < len(times) else AFTER_ALL]
            copies, in_lake = found.copies[name], found.in_lake[name]
            line.acknowledged += at is not None
            line.found += at is not None and in_lake > 0
            line.lost += at is not None and not (copies and in_lake)
            line.copies += max(0, copies - 1)
            line.doubled += max(0, copies - rig.clients.tries[name]) + max(0, in_lake - 1)
        strangers = (found.copies.keys() | found.in_lake.keys()) - rig.clients.tries.keys()
        assert not strangers, f"rows that nobody sent: {sorted(strangers)[:5]}"
        self.unanswered += rig.clients.unanswered
        self.plans_cut += rig.plans_cut


def run(folder: Path, kills: int, rigs: int, seed: int, progress: Progress | None = None) -> Report:
    """Kill so often, shared among so many rigs; return the counts. Any surprise is raised."""
    task = progress.add_task("kills", total=kills) if progress else None
    shares = Counter(number % rigs for number in range(kills))

    def one(number: int) -> tuple[Rig, Found]:
        (folder / str(number)).mkdir()
        rig = Rig(folder / str(number), random.Random(f"{seed}-{number}"))
        with rig.clients:
            for _ in range(shares[number]):
                rig.kill_one()
                if progress and task is not None:
                    progress.advance(task)
            return rig, rig.end()

    report = Report()
    with ThreadPoolExecutor(rigs) as pool:
        for rig, found in pool.map(one, range(rigs)):
            report.add(rig, found)
    return report


def table(report: Report) -> Table:
    """Lay the report out."""
    columns = ("kills", "acknowledged", "found", "lost", "copies", "doubled")
    shown = Table(
        title="kill -9 under load",
        caption=f"{report.unanswered} requests without an answer were sent"
        f" again; {report.plans_cut} publications were cut within their plan",
    )
    shown.add_column("victim")
    for column in columns:
        shown.add_column(column, justify="right")
    for name, line in {**report.lines, "all together": report.total()}.items():
        shown.add_row(name, *(f"{getattr(line, column):,}" for column in columns))
    return shown


def main() -> int:
    """Print the report; 1 when anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--rigs", type=int, default=3, help="data folders side by side")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    given = parser.parse_args()
    console = Console()
    console.print(f"seed {given.seed}")
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as folder, Progress(*columns, console=console) as progress:
        report = run(Path(folder), given.kills, given.rigs, given.seed, progress)
    console.print(table(report))
    total = report.total()
    return 1 if total.lost or total.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
