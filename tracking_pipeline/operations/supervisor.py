"""supervisord in this process, in the foreground: what crashes comes back, and all end together.

Beyond its configuration three things of supervisord are bent, each in one function below.
"""

import ctypes
import shlex
import signal
import time
from pathlib import Path
from typing import Any

import psutil
from supervisor import options, process, supervisord
from supervisor.states import ProcessStates

from ingest_api.settings import Settings
from tracking_pipeline.operations.checks import pid_file
from tracking_pipeline.operations.parts import Part, ends_with_parent

PR_SET_CHILD_SUBREAPER = 36
MAX_RESTART_DELAY_S = 3
STOP_WAIT_S = 8
ORPHAN_WAIT_S = 5
LOG_BYTES = "10MB"
LOG_BACKUPS = 3

_HEAD = """\
; Written by `tracking up` at each start. Talk to it: supervisorctl -c {conf} status
[supervisord]
nodaemon=true
silent=true
umask=077
pidfile={pid}
logfile={logs}/supervisord.log
logfile_maxbytes={bytes}
logfile_backups={backups}
childlogdir={logs}
[unix_http_server]
file={socket}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{socket}
"""

# startretries: the default 3 gives up for ever. The group is what makes all parts stop at once, not in turn.
_PROGRAM = """\
[program:{name}]
command={command}
autostart={autostart}
autorestart=true
startsecs={startsecs}
startretries=1000000
stopasgroup=true
killasgroup=true
stopwaitsecs={stop}
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes={bytes}
stdout_logfile_backups={backups}
"""


def control_socket(settings: Settings) -> Path:
    """Socket on which supervisord takes commands."""
    return settings.run_dir / "supervisor.sock"


def write_config(settings: Settings, parts: list[Part], *, home_is_ready: bool) -> Path:
    """Write supervisord's configuration; parts that need Dagster's home are not started before it is ready."""
    conf = settings.run_dir / "supervisord.conf"
    common = {"logs": settings.logs_dir, "bytes": LOG_BYTES, "backups": LOG_BACKUPS, "stop": STOP_WAIT_S}
    places = {"conf": conf, "pid": pid_file(settings), "socket": control_socket(settings)}
    text = _HEAD.format(**_escaped({**common, **places}))
    for part in parts:
        command = shlex.join(ends_with_parent(part.command))
        values = {"name": part.name, "command": command, "startsecs": part.startsecs, **common}
        autostart = "false" if part.waits_for_home and not home_is_ready else "true"
        text += _PROGRAM.format(autostart=autostart, **_escaped(values))
    text += f"[group:tracking]\nprograms={','.join(part.name for part in parts)}\n"
    conf.write_text(text)
    return conf


def run(conf: Path) -> None:
    """Run until SIGINT, SIGTERM, SIGQUIT or a closed terminal; on return no child is left."""
    _adopt_orphans()
    _end_on_closed_terminal()
    _restart_within_seconds()
    supervisord.main(["-c", str(conf)])
    _end_children()


def _escaped(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value).replace("%", "%%") for name, value in values.items()}


def _end_on_closed_terminal() -> None:
    """Make SIGHUP stop: supervisord answers it with a restart of everything, and runs on without a terminal."""
    known = options.ServerOptions.setsignals

    def setsignals(self: Any) -> None:
        known(self)
        signal.signal(signal.SIGHUP, lambda *_: self.signal_receiver.receive(signal.SIGTERM, None))

    options.ServerOptions.setsignals = setsignals


def _restart_within_seconds() -> None:
    """Cap the delay before the next try: supervisord adds a second for each try that failed, without end."""
    known = process.Subprocess.change_state

    def change_state(self: Any, new_state: int, expected: bool = True) -> Any:
        changed = known(self, new_state, expected)
        if new_state == ProcessStates.BACKOFF:
            self.delay = min(self.delay, time.time() + MAX_RESTART_DELAY_S)
        return changed

    process.Subprocess.change_state = change_state


def _adopt_orphans() -> None:
    """Become the parent of what a killed part leaves (a run's worker), so that it can be ended at the end."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def _end_children() -> None:
    left = psutil.Process().children(recursive=True)
    for child in left:
        _send(child, signal.SIGTERM)
    _, alive = psutil.wait_procs(left, timeout=ORPHAN_WAIT_S)
    for child in alive:
        _send(child, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=ORPHAN_WAIT_S)


def _send(child: psutil.Process, number: signal.Signals) -> None:
    try:
        child.send_signal(number)
    except psutil.NoSuchProcess:
        return
