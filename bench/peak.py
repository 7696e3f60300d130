"""Peak memory of this process, for measurements that run in a process of their own."""

from pathlib import Path


def peak_mb() -> float:
    """Return the highest resident memory since this program began, MB.

    Not ``ru_maxrss``: a child begins with its parent's (Linux keeps it over exec), so a small run shows a large parent.
    """
    status = Path("/proc/self/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
