"""Compare the marts with ``events`` (counts of recent days, sessions of a sample of clients) and with each other: what
is kept up by adding and taking away is added up anew. Read only.

Judges what the marts say that they have seen: rows of later transactions are left out, and a sampled client that has
any, or that lost a row since, is no part of the comparison. Marts of another definition are not judged: the next run
makes them anew.
"""

from dataclasses import asdict, dataclass

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach, schema
from tracking_pipeline.lake.marts.compute import run_statements, statement
from tracking_pipeline.lake.marts.definition import definition
from tracking_pipeline.lake.marts.refresh import read_state
from tracking_pipeline.lake.sessions import cut_sessions, define, rule_of

SAMPLED_CLIENTS = 50
DAYS = 2


@dataclass(frozen=True, slots=True)
class Verified:
    """How many clients were compared, and how many rows of which mart differ."""

    clients_sampled: int = 0
    events_missing: int = 0
    sessions_differ: int = 0
    page_views_missing: int = 0
    visitors_differ: int = 0
    users_differ: int = 0
    swaps_differ: int = 0
    days_differ: int = 0

    @property
    def sound(self) -> bool:
        """The marts are what a recomputation would make."""
        return not any(count for name, count in asdict(self).items() if name != "clients_sampled")


def verify(settings: Settings) -> Verified:
    """Compare the newest days on one snapshot."""
    rule = rule_of(settings)
    with attach.opened(settings, read_only=True) as connection:
        connection.execute("begin")
        state = read_state(connection)
        if state.definition != definition(rule):
            return Verified()
        upto = state.load_id
        run_statements(connection, schema.statement("clients"))
        define(connection, rule)
        run_statements(connection, statement("sample"), {"upto": upto, "clients": SAMPLED_CLIENTS, "days": DAYS})
        cut_sessions(connection, rule)
        found = [
            *(connection.execute(statement("compare"), {"upto": upto, "days": DAYS}).fetchone() or ()),
            *(connection.execute(statement("compare_totals"), {"days": DAYS}).fetchone() or ()),
        ]
        connection.execute("commit")
    return Verified(*map(int, found))
