"""A sender killed at random steps, again and again, by a GA4 that misbehaves: the ledger's story against what arrived.

Run: ``python -m tests.crash.delivery_kills --kills 200`` (``make delivery-kill-report``). Each life of the sender gets
a few new events and an order to die at the n-th call of a step between lease and record; each request an answer by
chance. Senders are forked from one warm process, so that a life takes a second.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from tests.tracking_pipeline.delivery.server import HANG_UP, Collect, running_collect
from tests.tracking_pipeline.delivery.world import SECOND_US, World, new_world
from tracking_pipeline.delivery.sender import Limits

STEPS = ("lease", "leased", "journalled", "answered", "noted", "recorded")
ANSWERS = (*[204] * 12, 429, 503, HANG_UP, 500, 400)
TOOK = {204, HANG_UP, 500}  # answers of a server that has the events
MOST_CONNECTIONS = 3

WARM = """
import os, signal, sys, time
from pathlib import Path
from ingest_api.settings import Settings
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.sender import Limits, deliver
import tracking_pipeline.delivery.registry

settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]), ga4_endpoint=sys.argv[2])

def live(fatal, left, connections):
    ahead = 0.0

    def pause(seconds):
        nonlocal ahead
        ahead += seconds

    def step(name):
        nonlocal left
        left -= name == fatal
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    clock = Clock(now=lambda: time.time() + ahead, pause=pause)
    deliver(settings, clock=clock, step=step, limits=Limits(connections=connections))

for line in sys.stdin:
    fatal, left, connections = line.split()
    child = os.fork()
    if child == 0:
        live(fatal, int(left), int(connections))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(status, flush=True)
"""


@dataclass
class Tally:
    """What the lives of the senders came to."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    lives: int = 0
    events: int = 0
    requests: int = 0
    states: Counter[str] = field(default_factory=Counter)
    most_unknown_by_a_kill: int = 0  # requests
    faults: list[str] = field(default_factory=list)


def run(folder: Path, kills: int, seed: int) -> Tally:
    """Kill so many senders, let one end in peace, compare."""
    chance = random.Random(seed)
    tally = Tally()
    with running_collect() as collect, contextlib.closing(_Opened(folder, collect)) as opened, warm(opened) as sender:
        while sum(tally.kills.values()) < kills:
            life(opened.world, collect, sender, chance, tally)
        collect.answers.clear()
        for _ in range(3):
            opened.world.pause(4000)
            opened.world.deliver(Limits(connections=MOST_CONNECTIONS))
        compare(opened.world, collect, tally)
    return tally


class _Opened:
    def __init__(self, folder: Path, collect: Collect) -> None:
        self.world = new_world(folder, collect.url)

    def close(self) -> None:
        self.world.store.connection.close()


@contextlib.contextmanager
def warm(opened: _Opened) -> Iterator[subprocess.Popen[str]]:
    """Run the process that senders are forked from."""
    command = [sys.executable, "-c", WARM, str(opened.world.settings.data_dir), opened.world.settings.ga4.endpoint]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=os.environ, **pipes) as process:
        yield process


def life(world: World, collect: Collect, sender: subprocess.Popen[str], chance: random.Random, tally: Tally) -> None:
    """Load a few events, let one sender live until it is killed or done."""
    assert sender.stdin
    assert sender.stdout
    count = chance.randint(1, 12)
    clients = [chance.choice("abcdefgh") for _ in range(count)]
    world.load([world.click(f"e{tally.events + n}", c, (90 - n) * SECOND_US) for n, c in enumerate(clients)])
    tally.events += count
    collect.answers.clear()
    collect.answers.extend((chance.choice(ANSWERS), {}) for _ in range(40))
    step, connections = chance.choice(STEPS), chance.randint(1, MOST_CONNECTIONS)
    sender.stdin.write(f"{step} {chance.randint(1, 3)} {connections}\n")
    sender.stdin.flush()
    status = int(sender.stdout.readline())
    if status not in (0, 9):
        tally.faults.append(f"a sender ended with {status}")
    tally.lives += 1
    tally.kills[step] += status == 9


def compare(world: World, collect: Collect, tally: Tally) -> None:
    """Hold each event's state against how often it arrived; note every contradiction."""
    arrived = Counter(
        event["name"] for body, status in collect.story if status in TOOK for event in json.loads(body)["events"]
    )
    states = world.states()
    tally.requests = len(collect.story)
    tally.states = Counter(states.values())
    allowed = {"sent": {1}, "uncertain": {0, 1}, "dead": {0}}
    for name in [f"e{n}" for n in range(tally.events)]:
        state = states.get(name, "missing")
        if arrived[name] not in allowed.get(state, set()):
            tally.faults.append(f"{name} is {state} and arrived {arrived[name]} times")
    query = (
        "select count(distinct request_id) from deliveries where reason in ('no_outcome', 'journal_missing')"
        " group by load_id"
    )
    unknown = [count for (count,) in world.store.connection.execute(query).fetchall()]
    tally.most_unknown_by_a_kill = max(unknown, default=0)
    if tally.most_unknown_by_a_kill > MOST_CONNECTIONS:
        tally.faults.append(f"a kill left {tally.most_unknown_by_a_kill} requests unknown")


def main() -> int:
    """Print the tally; 1 at any contradiction."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    given = parser.parse_args()
    console = Console()
    console.print(f"seed {given.seed}")
    with tempfile.TemporaryDirectory() as folder:
        tally = run(Path(folder), given.kills, given.seed)
    console.print(f"{sum(tally.kills.values())} kills in {tally.lives} lives: {tally.kills}")
    console.print(f"{tally.events} events, {tally.requests} requests, states {dict(tally.states)}")
    unknown = tally.most_unknown_by_a_kill
    console.print(f"most requests that one kill left unknown: {unknown} of {MOST_CONNECTIONS} under way")
    console.print(f"contradictions: {len(tally.faults)} {tally.faults[:5]}")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
