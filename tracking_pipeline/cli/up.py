"""``tracking up``: everything, in the foreground, until Ctrl-C."""

import subprocess
import sys
import time

from ingest_api.landing import Landing
from ingest_api.settings import Settings, load_settings
from tracking_pipeline.operations import checks, dagster_home, parts, supervisor
from tracking_pipeline.operations.start_date import fix_start_date


def up() -> None:
    """Start collector, publisher, Dagster and, without GA4 secrets, the GA4 stand-in; Ctrl-C stops all of them.

    What crashes comes back within seconds. A busy port, an unwritable data folder or a second `tracking up` on the
    same folder is refused.
    """
    started_at = time.monotonic()
    settings = load_settings()
    parts.share_environment(settings)
    checks.check_data_dir(settings)
    with checks.only_one(settings):
        checks.check_ports(settings, checks.ports_of(settings))
        prepare(settings)
        ready = dagster_home.is_ready(settings)
        conf = supervisor.write_config(settings, parts.all_parts(settings), home_is_ready=ready)
        _greet(started_at)
        supervisor.run(conf)


def prepare(settings: Settings) -> None:
    """Make all that must be there before an event is accepted: landing zone, lake, Dagster's files."""
    Landing(settings.landing_dir).make()
    make_lake = (sys.executable, "-m", "tracking_pipeline.operations.make_lake")
    if subprocess.run(parts.ends_with_parent(make_lake), check=False).returncode != 0:
        raise checks.Refused(f"The lake in {settings.lake_dir} could not be made or opened (above).")
    fix_start_date(settings)
    dagster_home.write_files(settings)
    parts.code_socket(settings).unlink(missing_ok=True)  # a killed life's: the daemon would not wait for the new one


def _greet(started_at: float) -> None:
    command = (sys.executable, "-m", "tracking_pipeline.operations.greeter", str(started_at))
    subprocess.Popen(parts.ends_with_parent(command))
