"""What must hold before a part starts. Each refusal is a sentence that says what to do."""

import contextlib
import errno
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest_api.disk import locked
from ingest_api.settings import Settings

LEFTOVER_WAIT_S = 8.0  # a killed supervisor's parts end by themselves; Granian's drain takes up to 5 s
PROBE_WAIT_S = 0.3  # `is_running` takes the lock for an instant to look
LOCK_NAME = "up.lock"
UNCARRIED = frozenset("'\";#%\n\r")  # an SQL literal or supervisord's configuration would end or change there


class Refused(Exception):
    """The start is refused; the message names what is in the way and the cure."""


def reason_without_lake(settings: Settings) -> str | None:
    """Say that no lake was made yet, and the cure; None: it is there. One whose catalog is elsewhere is taken to be."""
    if settings.catalog or (settings.lake_dir / "catalog.sqlite").exists():
        return None
    return f"There is no lake under {settings.data_dir} yet: `tracking up` makes it."


def require_lake(settings: Settings) -> None:
    """Raise Refused where no lake was made yet."""
    if reason := reason_without_lake(settings):
        raise Refused(reason)


@dataclass(frozen=True, slots=True)
class Port:
    """One port that a part listens on, and the setting that moves it."""

    number: int
    variable: str
    part: str


def ports_of(settings: Settings) -> list[Port]:
    """List the ports that ``tracking up`` needs with these settings."""
    ports = [
        Port(settings.port, "TRACKING_PORT", "the collector"),
        Port(settings.dagster_port, "TRACKING_DAGSTER_PORT", "the Dagster UI"),
    ]
    if settings.ga4.standin:
        ports.append(Port(settings.standin_port, "TRACKING_STANDIN_PORT", "the GA4 stand-in"))
    return ports


def check_data_dir(settings: Settings) -> None:
    """Make the data folder and the folders of logs and sockets, and write a file there. Raises Refused."""
    if UNCARRIED & set(str(settings.data_dir)):
        raise Refused("TRACKING_DATA_DIR: the path must not hold quotes, ; # % or line breaks. Choose another folder.")
    for folder in (settings.data_dir, settings.logs_dir, settings.run_dir, settings.dagster_home):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise Refused(_unwritable(settings, folder, error)) from error


def check_ports(settings: Settings, ports: list[Port]) -> None:
    """Raise Refused, naming port, variable and cure, unless every port can be listened on."""
    numbers = [port.number for port in ports]
    for port in ports:
        if numbers.count(port.number) > 1:
            raise Refused(f"{port.variable}: port {port.number} is given to two parts. Choose another for one.")
    deadline = time.monotonic() + (LEFTOVER_WAIT_S if _was_killed(settings) else 0.0)
    for port in ports:
        while (error := port_error(settings.host, port.number)) is not None:
            if time.monotonic() >= deadline or error.errno != errno.EADDRINUSE:
                raise Refused(_not_listening(settings.host, port, error))
            time.sleep(0.1)


def port_error(host: str, number: int) -> OSError | None:
    """Return why nothing could listen there now; None if it could.

    Without SO_REUSEPORT, which Granian uses: with it a second server would bind beside the first in silence.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or "0.0.0.0", number, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the data folder for one supervisor; the kernel frees it however that ends. Raises Refused."""
    path = settings.data_dir / LOCK_NAME
    deadline = time.monotonic() + PROBE_WAIT_S
    while time.monotonic() < deadline:
        with locked(path, blocking=False) as mine:
            if mine:
                path.write_text(f"{os.getpid()}\n")
                yield
                return
        time.sleep(0.05)
    raise Refused(
        f"Another `tracking up` (process {path.read_text().strip() or 'unknown'}) works on {settings.data_dir}."
        " Stop that one first (Ctrl-C in its terminal), or set TRACKING_DATA_DIR to another folder."
    )


def is_running(settings: Settings) -> bool:
    """Tell whether a ``tracking up`` holds the data folder now."""
    path = settings.data_dir / LOCK_NAME
    if not path.exists():
        return False
    with locked(path, blocking=False) as mine:
        return not mine


def pid_file(settings: Settings) -> Path:
    """Where the supervisor writes its process id; it removes the file when it ends in order."""
    return settings.run_dir / "supervisord.pid"


def _was_killed(settings: Settings) -> bool:
    return pid_file(settings).exists()


def _unwritable(settings: Settings, folder: Path, error: OSError) -> str:
    return (
        f"TRACKING_DATA_DIR: cannot write to {folder} ({error.strerror}). Give this user the folder"
        f" {settings.data_dir}, or set TRACKING_DATA_DIR to one that can be written."
    )


def _not_listening(host: str, port: Port, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port.number}, wanted by {port.part}, is taken by another program."
            f" Stop that program, or set {port.variable} to a free port."
        )
    if error.errno == errno.EACCES:
        return f"Port {port.number} is reserved for root. Set {port.variable} to a port above 1023."
    return (
        f"TRACKING_HOST: cannot listen on {host}, port {port.number} ({error.strerror})."
        " Set it to an address of this machine."
    )
