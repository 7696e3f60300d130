"""What ``tracking up`` prints. Pure text; no write key but the demo's own is ever in it."""

import os
import shlex
import sys
from pathlib import Path

from ingest_api.settings import Settings

DEMO_KEY = "demo"
_EXAMPLE = '{"userId": "u1", "event": "Hello", "messageId": "hello-1", "properties": {"from": "curl"}}'


def events_are_accepted(settings: Settings, after_s: float) -> str:
    """Say where each part is, and what to try first."""
    ga4 = settings.ga4
    destination = f"{settings.standin_url}   (local stand-in: nothing leaves this machine)"
    tracking = _command(settings)
    return "\n".join(
        [
            f"Events are accepted after {after_s:.1f} s.",
            "",
            f"  collector    {settings.collector_url}",
            f"  Dagster UI   {settings.dagster_url}   (starting)",
            f"  GA4          {destination if ga4.standin else ga4.endpoint}",
            f"  data, logs   {settings.data_dir}, {settings.logs_dir}",
            "",
            "Try:",
            f"  curl -u {_key(settings)}: {settings.collector_url}/v1/track -d {shlex.quote(_EXAMPLE)}",
            f'  {tracking} sql "select event_name, user_id, received_at from events order by received_at desc"',
            f"  {tracking} trace hello-1",
            "",
        ]
    )


def complete(settings: Settings, after_s: float) -> str:
    """Say that everything runs."""
    return f"Complete after {after_s:.1f} s: the Dagster UI answers on {settings.dagster_url}. Ctrl-C stops everything."


def still_waiting(settings: Settings) -> str:
    """Say where to look when Dagster takes long."""
    logs = f"code.log and webserver.log in {settings.logs_dir}"
    return f"Dagster does not answer yet. Events are safe meanwhile; see {logs}."


def _key(settings: Settings) -> str:
    return DEMO_KEY if DEMO_KEY in settings.source_by_key else "YOUR_WRITE_KEY"


def _command(settings: Settings) -> str:
    """The command as it works in another terminal in the same folder."""
    script = Path(sys.executable).parent / "tracking"
    here = os.path.relpath(script) if script.is_relative_to(Path.cwd()) else str(script)
    is_default = settings.data_dir == Path("data").absolute()
    return here if is_default else f"TRACKING_DATA_DIR={shlex.quote(str(settings.data_dir))} {here}"
