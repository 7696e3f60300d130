"""File operations of spool and publisher, in one place: the only way that files are made durable here.

A test can replace ``Disk`` by one that forgets what was not fsynced, to simulate a power cut.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_DIR = 0o700


class Disk:
    """The real disk. Methods do one thing each and raise OSError when it did not happen."""

    def make_dirs(self, folder: Path) -> None:
        """Create a folder and its parents (0700), each made durable in its parent."""
        if folder.is_dir():
            return
        self.make_dirs(folder.parent)
        folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        self.sync_dir(folder.parent)

    def sync_dir(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def sync_file(self, path: Path) -> None:
        """Make a file's bytes durable."""
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fdatasync(fd)
        finally:
            os.close(fd)

    def write_aside(self, path: Path, data: bytes) -> None:
        """Write a file and make its bytes durable; its name is not yet (see ``sync_dir``)."""
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(fd)

    def replace(self, path: Path, data: bytes) -> None:
        """Write a file atomically: the old content or the new one, never a mixture."""
        aside = path.with_name(f".{path.name}.tmp")
        self.write_aside(aside, data)
        aside.rename(path)
        self.sync_dir(path.parent)

    def link(self, source: Path, target: Path) -> bool:
        """Give a file a second name, durably; False if that name exists (it is never overwritten)."""
        try:
            os.link(source, target)
        except FileExistsError:
            return False
        finally:
            self.sync_dir(target.parent)
        return True

    def unlink(self, path: Path) -> None:
        """Remove a name; durable only after ``sync_dir`` of its folder. A missing name is fine."""
        path.unlink(missing_ok=True)

    def free_bytes(self, folder: Path) -> int:
        """Free space for this user on the folder's file system, bytes."""
        stat = os.statvfs(folder)
        return stat.f_bavail * stat.f_frsize


@contextlib.contextmanager
def locked(path: Path, *, blocking: bool = True) -> Iterator[bool]:
    """Hold an exclusive flock on ``path``; yields False at once when not ``blocking`` and it is taken.

    The kernel frees it when the holder dies, whatever kills it.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(fd)
