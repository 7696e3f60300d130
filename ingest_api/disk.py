"""File operations of spool and publisher, in one place: the only way that files are made durable here.

A test replaces ``Disk`` by one that forgets what was not fsynced, to simulate a power cut.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_DIR = 0o700
NO_SUCH_CALL = (errno.EOPNOTSUPP, errno.ENOSYS)


class Disk:
    """The real disk. Methods do one thing each and raise OSError when it did not happen."""

    def __init__(self) -> None:
        self._durable_dirs: set[Path] = set()
        self._has_dsync = hasattr(os, "RWF_DSYNC")

    def make_dirs(self, folder: Path, *, within: Path | None = None) -> None:
        """Create a folder (0700) and its parents, each durable in its parent. ``within`` is one of them.

        From ``within`` down (default: the folder alone) a folder that was there is synced too, once a process:
        its maker may have died before it did that.
        """
        if folder in self._durable_dirs and folder.is_dir():
            return
        if folder != within and within is not None:
            self.make_dirs(folder.parent, within=within)
        elif not folder.parent.is_dir():
            self.make_dirs(folder.parent)
        self._make_dir(folder)
        self._durable_dirs.add(folder)

    def _make_dir(self, folder: Path) -> None:
        existed = folder.is_dir()
        folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        try:
            self.sync_dir(folder.parent)
        except PermissionError:
            if not existed:  # a parent that we may pass but not read is not ours to sync
                raise

    def create(self, path: Path) -> int:
        """Create a new file for appending and return its descriptor, which no child inherits."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        return os.open(path, flags, PRIVATE_FILE)

    def append(self, fd: int, data: bytes) -> None:
        """Append all of ``data`` and make it durable. After an error nothing is known of the file's end."""
        written, is_durable = self._write_through(fd, data)
        if written != len(data):
            raise OSError(f"short write: {written} of {len(data)} bytes")
        if not is_durable:
            os.fdatasync(fd)

    def _write_through(self, fd: int, data: bytes) -> tuple[int, bool]:
        """Write and sync in one call, as with O_DSYNC: after each call this thread waits for its turn in Python again.

        https://man7.org/linux/man-pages/man2/pwritev2.2.html (read 2026-11-27). Where it is missing, only write.
        """
        if self._has_dsync:
            try:
                return os.pwritev(fd, [data], -1, os.RWF_DSYNC), True  # -1: where the file stands, its end
            except OSError as error:
                if error.errno not in NO_SUCH_CALL:
                    raise
                self._has_dsync = False
        return os.write(fd, data), False

    def truncate(self, fd: int, length: int) -> None:
        """Cut a file that is open for appending; not durable."""
        os.ftruncate(fd, length)

    def read(self, path: Path) -> bytes:
        """Read a whole file."""
        return path.read_bytes()

    def sync_dir(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def sync_file(self, path: Path) -> None:
        """Make a file's bytes durable."""
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(fd)
        finally:
            os.close(fd)

    def write_aside(self, path: Path, data: bytes) -> None:
        """Write a file and make its bytes durable; its name is not yet (see ``sync_dir``)."""
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(fd)

    def rename(self, source: Path, target: Path) -> None:
        """Move a name within one folder; durable only after ``sync_dir``."""
        source.rename(target)

    def replace(self, path: Path, data: bytes) -> None:
        """Write a file atomically: the old content or the new one, never a mixture."""
        aside = path.with_name(f".{path.name}.tmp")
        self.write_aside(aside, data)
        self.rename(aside, path)
        self.sync_dir(path.parent)

    def link(self, source: Path, target: Path) -> bool:
        """Give a file a second name; False if that name exists (it is never overwritten). See ``sync_dir``."""
        try:
            os.link(source, target)
        except FileExistsError:
            return False
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
