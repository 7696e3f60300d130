"""The checks of ``tracking doctor``: each looks at one thing and returns a finding with its cure. Changes nothing."""

import importlib.metadata
import ipaddress
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ingest_api.settings import Settings, SettingsError, load_settings
from tracking_pipeline.operations import checks, dagster_home

OLDEST_PYTHON = (3, 11)
LOW_DISK_RESERVES = 4  # warn while there is still time to act: below this many reserves
PRIVATE_FOLDERS = ("spool", "events", "rejected", "lake", "delivery", "standin", "dagster", "logs", "run")
DEMO_KEY = "demo"
BUILD_TOOLS = ("setuptools",)  # pip uses the pinned one in a room of its own; a venv may hold another


class Verdict(StrEnum):
    """How a check came out; only BAD needs a person before the system works."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table."""

    check: str
    verdict: Verdict
    found: str
    cure: str = ""


def examine() -> Iterator[Finding]:
    """Run every check; those that need settings are left out when the settings themselves are bad."""
    yield python_version()
    yield packages(Path(__file__).parents[2] / "constraints.txt")
    yield end_with_parent()
    yield duckdb_extensions()
    yield duckdb_command_line()
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Finding("settings", Verdict.BAD, str(error), "correct that variable in the environment or .env")
        return
    yield Finding("settings", Verdict.OK, "valid")
    yield sources(settings)
    running = checks.is_running(settings)
    yield Finding("tracking up", Verdict.OK, "running" if running else "not running")
    yield data_dir(settings)
    yield private_folders(settings)
    yield disk_space(settings)
    yield ports(settings, running=running)
    yield exposure(settings)
    yield ga4(settings)
    yield home(settings, running=running)


def sources(settings: Settings) -> Finding:
    """Which sources there are; a mistake in their file is a bad setting already."""
    shown = (
        f"{source.name} (keys: {len(source.keys)}, origins: {source.origins.count or 'any'})"
        for source in settings.sources.values()
    )
    where = settings.sources_file or "TRACKING_WRITE_KEYS"
    return Finding("sources", Verdict.OK, f"{', '.join(shown)}; from {where}")


def python_version() -> Finding:
    """Python is new enough."""
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", Verdict.BAD, platform.python_version(), "install Python 3.11 or newer, `make setup`")
    return Finding("python", Verdict.OK, platform.python_version())


def packages(constraints: Path) -> Finding:
    """Installed versions are the pinned ones, which everything was tested with."""
    if not constraints.exists():
        return Finding("packages", Verdict.OK, "no constraints.txt beside the code: not compared")
    pinned = re.findall(r"^([a-z0-9-]+)==(\S+)", constraints.read_text(), re.MULTILINE)
    installed = [(name, version, _version(name)) for name, version in pinned if name not in BUILD_TOOLS]
    other = [f"{name} {found}" for name, version, found in installed if found not in (None, version)]
    if other:
        return Finding("packages", Verdict.WARNING, f"not as pinned: {', '.join(other)}", "`make setup`")
    return Finding("packages", Verdict.OK, "as pinned in constraints.txt")


def end_with_parent() -> Finding:
    """Parts can be told to end with their supervisor, also when that is killed."""
    if shutil.which("setpriv") is None:
        found = "setpriv is missing: after kill -9 of `tracking up` parts go on alone"
        return Finding("setpriv", Verdict.WARNING, found, "install util-linux")
    return Finding("setpriv", Verdict.OK, "found")


def duckdb_extensions() -> Finding:
    """DuckDB loads the lake's extensions, from their wheels."""
    import duckdb

    from tracking_pipeline.lake.attach import EXTENSIONS, load_extension

    try:
        with duckdb.connect() as connection:
            for name in EXTENSIONS:
                load_extension(connection, name)
    except duckdb.Error as error:
        return Finding("duckdb", Verdict.BAD, str(error).splitlines()[0], "`make setup`: the extension wheels")
    return Finding("duckdb", Verdict.OK, f"{duckdb.__version__} with {', '.join(EXTENSIONS)}")


def duckdb_command_line() -> Finding:
    """The plain ``duckdb`` program finds the extensions without a network."""
    from tracking_pipeline.operations.cli_extensions import missing

    names = missing()
    if names:
        found = f"{', '.join(names)} not in ~/.duckdb: the `duckdb` program would download them"
        return Finding("duckdb program", Verdict.WARNING, found, "`make setup`")
    return Finding("duckdb program", Verdict.OK, "extensions are installed")


def data_dir(settings: Settings) -> Finding:
    """The data folder can be written, or made."""
    folder = settings.data_dir
    if folder.exists() and not folder.is_dir():
        return Finding("data folder", Verdict.BAD, f"{folder} is a file", "set TRACKING_DATA_DIR to a folder")
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        cure = f"give this user {existing}, or set TRACKING_DATA_DIR"
        return Finding("data folder", Verdict.BAD, f"{folder} cannot be written", cure)
    return Finding("data folder", Verdict.OK, f"{folder}{'' if folder.exists() else ' (made at the first start)'}")


def private_folders(settings: Settings) -> Finding:
    """No other user can look into the folders that hold events."""
    folders = (settings.data_dir / name for name in PRIVATE_FOLDERS)
    shared = [path for path in folders if path.exists() and path.stat().st_mode & 0o077]
    if shared:
        cure = f"chmod -R go-rwx {' '.join(map(str, shared))}"
        return Finding("privacy", Verdict.BAD, "other users can read events on this machine", cure)
    return Finding("privacy", Verdict.OK, "events are readable by this user only")


def disk_space(settings: Settings) -> Finding:
    """The disk has more than the reserve below which the collector refuses events."""
    existing = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free_mb = shutil.disk_usage(existing).free // 1_000_000
    found = f"{free_mb:,} MB free, reserve {settings.reserve_mb:,} MB"
    cure = "free space, or move TRACKING_DATA_DIR"
    if free_mb < settings.reserve_mb:
        return Finding("disk", Verdict.BAD, f"{found}: events are refused", cure)
    low = free_mb < settings.reserve_mb * LOW_DISK_RESERVES
    return Finding("disk", Verdict.WARNING if low else Verdict.OK, found, cure if low else "")


def ports(settings: Settings, *, running: bool) -> Finding:
    """The ports are free, or taken by our own parts."""
    wanted = checks.ports_of(settings)
    numbers = ", ".join(str(port.number) for port in wanted)
    if running:
        return Finding("ports", Verdict.OK, f"{numbers}: ours")
    taken = [port for port in wanted if checks.port_error(settings.host, port.number) is not None]
    if taken:
        found = "; ".join(f"{port.number} ({port.part}) cannot be listened on" for port in taken)
        variables = ", ".join(port.variable for port in taken)
        return Finding("ports", Verdict.BAD, found, f"stop what listens there, or change {variables}")
    return Finding("ports", Verdict.OK, f"{numbers}: free")


def exposure(settings: Settings) -> Finding:
    """What listens to other machines is meant to: Dagster's UI has no login, and the demo key is public."""
    if _is_loopback(settings.host):
        return Finding("exposure", Verdict.OK, "only this machine can connect")
    found = "other machines can connect, also to the Dagster UI and the stand-in, which have no login"
    if DEMO_KEY in settings.source_by_key:
        found += f"; the write key `{DEMO_KEY}` is known to everybody"
    cure = "TRACKING_HOST=127.0.0.1 behind a proxy (docs/operations.md), and TRACKING_WRITE_KEYS of your own"
    return Finding("exposure", Verdict.WARNING, found, cure)


def ga4(settings: Settings) -> Finding:
    """Where GA4 requests go; one secret without the other is already refused by the settings."""
    target = settings.ga4
    where = "no secrets: the local stand-in" if target.standin else f"both secrets are set: {target.endpoint}"
    return Finding("GA4", Verdict.OK, where)


def home(settings: Settings, *, running: bool) -> Finding:
    """Dagster's home is made and holds no run that an earlier life left open."""
    if not settings.dagster_home.exists():
        return Finding("Dagster home", Verdict.OK, "made at the first start")
    if running or dagster_home.is_ready(settings):
        return Finding("Dagster home", Verdict.OK, str(settings.dagster_home))
    return Finding("Dagster home", Verdict.OK, "the next start makes it ready (new version, or runs left open)")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
