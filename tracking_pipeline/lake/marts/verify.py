"""Compare the marts with ``events``: counts of recent days, sessions of a sample of clients. Read only.

Judges what the marts say that they have seen: rows of later transactions are left out, and a sampled client that has
any, or that lost a row since, is no part of the comparison.
"""

from dataclasses import dataclass

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach, schema
from tracking_pipeline.lake.marts.compute import run_statements, statement
from tracking_pipeline.lake.marts.refresh import read_state
from tracking_pipeline.lake.sessions import cut_sessions, define, rule_of

SAMPLED_CLIENTS = 50
DAYS = 2


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared, and how many rows differ; both are 0 in sound marts."""

    events_missing: int
    clients_sampled: int
    sessions_differ: int

    @property
    def sound(self) -> bool:
        """The marts are what a recomputation would make."""
        return self.events_missing == 0 and self.sessions_differ == 0


def verify(settings: Settings) -> Verified:
    """Compare the newest days on one snapshot."""
    rule = rule_of(settings)
    with attach.opened(settings, read_only=True) as connection:
        connection.execute("begin")
        upto = read_state(connection).load_id
        run_statements(connection, schema.statement("clients"))
        define(connection, rule)
        run_statements(connection, statement("sample"), {"upto": upto, "clients": SAMPLED_CLIENTS, "days": DAYS})
        cut_sessions(connection, rule)
        row = connection.execute(statement("compare"), {"upto": upto, "days": DAYS}).fetchone()
        connection.execute("commit")
    return Verified(*(int(value) for value in row)) if row else Verified(0, 0, 0)
