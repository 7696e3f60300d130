"""Says when what is ready, and starts Dagster's parts once their home is: ``tracking up``'s second process.

``python -m tracking_pipeline.operations.greeter STARTED_AT`` ends when everything answers. It is a process of its
own because supervisord's loop must not wait for anything.
"""

import contextlib
import http.client
import subprocess
import sys
import time
import urllib.request
import xmlrpc.client

from supervisor.xmlrpc import SupervisorTransport

from ingest_api.settings import Settings, load_settings
from tracking_pipeline.operations import dagster_home
from tracking_pipeline.operations.parts import all_parts, ends_with_parent, share_environment
from tracking_pipeline.operations.supervisor import control_socket
from tracking_pipeline.operations.welcome import complete, events_are_accepted, still_waiting

POLL_S = 0.1
TRY_AGAIN_S = 5.0
PATIENCE_S = 60.0
REQUEST_TIMEOUT_S = 2.0


def main(started_at: float) -> int:
    """Greet. ``started_at`` is on the monotonic clock, which all processes of a machine share."""
    settings = load_settings()
    share_environment(settings)
    home = None if dagster_home.is_ready(settings) else _prepare_home()
    _wait_for(f"{settings.collector_url}/health/ready")
    _say(events_are_accepted(settings, time.monotonic() - started_at))
    if home is not None:
        _start_waiting_parts(settings, home)
    patience_ends = time.monotonic() + PATIENCE_S
    if not _wait_for(f"{settings.dagster_url}/server_info", until=patience_ends):
        _say(still_waiting(settings))
        _wait_for(f"{settings.dagster_url}/server_info")
    if settings.ga4.standin:
        _wait_for(f"{settings.standin_url}/health/live")
    _say(complete(settings, time.monotonic() - started_at))
    return 0


def _prepare_home() -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "tracking_pipeline.operations.dagster_home")
    return subprocess.Popen(ends_with_parent(command))


def _start_waiting_parts(settings: Settings, home: subprocess.Popen[bytes]) -> None:
    while home.wait() != 0:
        _say(f"Dagster's home {settings.dagster_home} could not be prepared (above); trying again.")
        time.sleep(TRY_AGAIN_S)
        home = _prepare_home()
    transport = SupervisorTransport(serverurl=f"unix://{control_socket(settings)}")
    server = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
    for part in all_parts(settings):
        if part.waits_for_home:
            with contextlib.suppress(xmlrpc.client.Fault):  # started already, or everything is being stopped
                server.supervisor.startProcess(f"tracking:{part.name}", False)


def _wait_for(url: str, until: float = float("inf")) -> bool:
    while not _answers(url):
        if time.monotonic() > until:
            return False
        time.sleep(POLL_S)
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=REQUEST_TIMEOUT_S) as response:
            return int(response.status) == 200
    except (OSError, http.client.HTTPException):
        return False


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal is gone
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(float(sys.argv[1])))
    except KeyboardInterrupt:
        sys.exit(0)
