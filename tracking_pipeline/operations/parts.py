"""The parts that run, and the command of each: for ``tracking up``, ``tracking run`` and service managers alike."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ingest_api.logs import GRANIAN_CONFIG
from ingest_api.settings import Settings
from ingest_api.stalled import BLOCKING_THREADS

CONNECTIONS = 2048  # of each worker, idle ones too; further ones wait in the kernel
MAX_HEAD_BYTES = 48 * 1024  # of request line and headers: a site's cookies are large, 32 kB of them pass
DEFINITIONS = "tracking_pipeline.definitions"
LOCATION = "tracking_pipeline"
WEBSERVER = "tracking_pipeline.operations.webserver"


@dataclass(frozen=True, slots=True)
class Part:
    """One process to keep alive: its name, command, and how long it must live to count as started."""

    name: str
    command: tuple[str, ...]
    startsecs: int
    waits_for_home: bool = False


def all_parts(settings: Settings) -> list[Part]:
    """List the parts of ``tracking up``, in order of start."""
    parts = [collector(settings), publisher()]
    if settings.ga4.standin:
        parts.append(standin(settings))
    return parts + dagster_parts(settings)


def collector(settings: Settings) -> Part:
    """Granian with the Flask app; it respawns a worker that died, without the supervisor."""
    more = (
        *("--workers", str(settings.workers), "--blocking-threads", str(BLOCKING_THREADS)),
        *("--backlog", str(CONNECTIONS), "--backpressure", str(CONNECTIONS)),
        *("--http1-buffer-size", str(MAX_HEAD_BYTES)),
        *("--log-level", "info", "--log-config", str(GRANIAN_CONFIG)),
    )
    return Part("collector", _granian("ingest_api.app", settings.host, settings.port, *more), startsecs=1)


def publisher() -> Part:
    """The publisher; one a data folder, by its own lock."""
    return Part("publisher", _python("tracking_pipeline.operations.publisher"), startsecs=1)


def standin(settings: Settings) -> Part:
    """The local GA4 stand-in."""
    quiet = ("--log-level", "error")
    command = _granian("tracking_pipeline.standin.app", settings.host, settings.standin_port, *quiet)
    return Part("standin", command, startsecs=1)


def dagster_parts(settings: Settings) -> list[Part]:
    """Code server, daemon and webserver. One shared code server saves 90 MB against one for each."""
    workspace = ("-w", str(workspace_file(settings)))
    code = (
        *("api", "grpc", "-m", DEFINITIONS, "-s", str(code_socket(settings))),
        *("--location-name", LOCATION, "--use-python-environment-entry-point", "--inject-env-vars-from-instance"),
    )
    listen = ("-h", settings.host, "-p", str(settings.dagster_port))
    return [
        Part("code", _python("dagster", *code), 3, waits_for_home=True),
        Part("daemon", _once_served(settings, "dagster._daemon", "run", *workspace), 3, waits_for_home=True),
        Part("webserver", _python(WEBSERVER, *workspace, *listen), 3, waits_for_home=True),
    ]


def _once_served(settings: Settings, module: str, *arguments: str) -> tuple[str, ...]:
    """Start a module once the code server listens: a daemon that is earlier runs no schedule for a minute."""
    wait = 'until [ -S "$0" ]; do sleep 0.1; done; exec "$@"'
    return ("sh", "-c", wait, str(code_socket(settings)), *_python(module, *arguments))


def workspace_file(settings: Settings) -> Path:
    """Where the workspace of daemon and webserver is written."""
    return settings.run_dir / "workspace.yaml"


def code_socket(settings: Settings) -> Path:
    """Unix socket of the code server: no other user can reach it."""
    return settings.run_dir / "code.sock"


def share_environment(settings: Settings) -> None:
    """Put into this process's environment what every part must agree on; the rest they read as we did."""
    os.umask(0o077)
    os.environ["TRACKING_DATA_DIR"] = str(settings.data_dir)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    # Else `-m` imports from the current folder: a `gql.py` there ends the web server.
    os.environ["PYTHONSAFEPATH"] = "1"


def ends_with_parent(command: tuple[str, ...]) -> tuple[str, ...]:
    """Have the kernel end the command when its parent dies, kill -9 included; as it is where setpriv is absent."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", *command) if setpriv else command


def _granian(module: str, host: str, port: int, *more: str) -> tuple[str, ...]:
    return _python(
        "granian",
        *("--interface", "wsgi", "--http", "1", "--no-ws", "--host", host, "--port", str(port), *more),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "5"),
        *("--factory", f"{module}:create_worker"),
    )


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    """Run a module: a script's first line would break on a path of over 127 characters."""
    return (sys.executable, "-m", module, *arguments)
