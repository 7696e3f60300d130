"""A disk that forgets: what was not fsynced when the power goes may be gone, whole or in part.

A model, not a trick: names and bytes live in the real folder, and beside them it is recorded which bytes each
file had at its last sync and which names each folder had at its last sync. ``cut`` then builds what a file
system may show after the power comes back. POSIX promises no order between names that were not synced, so
each such change is kept or lost by a coin; the worst case loses all of them.
"""

import errno
import os
import random
import shutil
from pathlib import Path

from ingest_api.disk import Disk


class Killed(BaseException):
    """The process died here. No ``except Exception`` may save it."""


class ForgetfulDisk(Disk):
    """Performs every operation without real fsyncs, records what is durable, dies after ``operations``."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.operations_left = -1
        self.operations_done = 0
        self.kinds_done: set[str] = set()
        self.die_at: tuple[str, Path] | None = None
        self.fail_sync_in = -1  # syncs of file contents until one fails, as a disk with a bad sector does
        self._dead = False
        self._inode: dict[Path, int] = {root: 0}
        self._next_inode = 1
        self._durable_names: dict[Path, int] = {root: 0}
        self._durable_bytes: dict[int, bytes] = {}
        self._bytes: dict[int, bytes] = {}
        self._lost: dict[int, int] = {}  # file → length behind which a sync failed
        self._folders = {0}

    def restart(self) -> None:
        """A new process: it knows nothing of what the last one made durable."""
        self._durable_dirs.clear()
        self.operations_left, self.die_at, self._dead = -1, None, False

    def _tick(self, operation: str, path: Path | None = None) -> None:
        if self._dead or self.operations_left == 0 or self.die_at == (operation, path):
            self._dead = True  # what the dying process still tries to clean up does not happen
            raise Killed
        self.operations_left -= 1
        self.operations_done += 1
        self.kinds_done.add(operation)

    def _new_inode(self, path: Path, *, folder: bool = False) -> int:
        inode, self._next_inode = self._next_inode, self._next_inode + 1
        self._inode[path] = inode
        if folder:
            self._folders.add(inode)
        return inode

    def _make_dir(self, folder: Path) -> None:
        self._tick("make_dir")
        if folder not in self._inode and folder.is_relative_to(self.root):
            self._new_inode(folder, folder=True)
        super()._make_dir(folder)

    def create(self, path: Path) -> int:
        self._tick("create")
        self._new_inode(path)
        return super().create(path)

    def append(self, fd: int, data: bytes) -> None:
        """Append in two operations: the bytes, then their sync."""
        path = Path(f"/proc/self/fd/{fd}").readlink()
        inode = self._inode[path]
        self._tick("append")
        os.write(fd, data)
        self._bytes[inode] = self._bytes.get(inode, b"") + data
        self._sync(inode)

    def truncate(self, fd: int, length: int) -> None:
        self._tick("truncate")
        inode = self._inode[Path(f"/proc/self/fd/{fd}").readlink()]
        os.ftruncate(fd, length)
        self._bytes[inode] = self._bytes[inode][:length]
        self._lost[inode] = min(self._lost.get(inode, length), length)

    def _sync(self, inode: int) -> None:
        """Make a file's bytes durable; or fail, and then no later sync brings to the disk what this one should have.

        So Linux behaves: the pages of a failed write-back are clean, the next fsync has nothing to do and says yes.
        """
        self._tick("sync")
        self.fail_sync_in -= 1
        if self.fail_sync_in == 0:
            self._lost[inode] = min(self._lost.get(inode, 1 << 60), len(self._durable_bytes.get(inode, b"")))
            raise OSError(errno.EIO, "input/output error")
        self._durable_bytes[inode] = self._bytes.get(inode, b"")[: self._lost.get(inode)]

    def write_aside(self, path: Path, data: bytes) -> None:
        self._tick("write_aside")
        inode = self._new_inode(path)
        path.write_bytes(data)
        self._bytes[inode] = data
        self._sync(inode)

    def sync_file(self, path: Path) -> None:
        self._sync(self._inode[path])

    def sync_dir(self, folder: Path) -> None:
        self._tick("sync_dir", folder)
        now = {path: inode for path, inode in self._inode.items() if path.parent == folder}
        before = {path for path in self._durable_names if path.parent == folder}
        for path in before - now.keys():
            del self._durable_names[path]
        self._durable_names.update(now)

    def rename(self, source: Path, target: Path) -> None:
        self._tick("rename", target)
        super().rename(source, target)
        self._inode[target] = self._inode.pop(source)

    def link(self, source: Path, target: Path) -> bool:
        self._tick("link")
        linked = super().link(source, target)
        if linked:
            self._inode[target] = self._inode[source]
        return linked

    def unlink(self, path: Path) -> None:
        self._tick("unlink")
        super().unlink(path)
        self._inode.pop(path, None)

    def cut(self, dice: random.Random | None = None) -> None:
        """Cut the power: rebuild the folder from what is durable; without dice, the worst case."""
        names = self._surviving(dice)
        contents = {inode: self._surviving_bytes(inode, dice) for inode in names.values()}
        for child in self.root.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
        for path in sorted(names):
            if names[path] in self._folders:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(contents[names[path]])
        self._inode = dict(names)
        self._durable_names = dict(names)
        self._bytes = {i: data for i, data in contents.items() if i not in self._folders}
        self._durable_bytes = dict(self._bytes)
        self._lost = {}
        self.restart()

    def _surviving(self, dice: random.Random | None) -> dict[Path, int]:
        names = dict(self._durable_names)
        for path in sorted(self._inode.keys() | names.keys()):
            now = self._inode.get(path)
            if now != names.get(path) and dice is not None and dice.random() < 0.5:
                if now is None:
                    del names[path]
                else:
                    names[path] = now
        return {path: inode for path, inode in names.items() if self._reachable(path, names)}

    def _reachable(self, path: Path, names: dict[Path, int]) -> bool:
        return path == self.root or (path.parent in names and self._reachable(path.parent, names))

    def _surviving_bytes(self, inode: int, dice: random.Random | None) -> bytes:
        durable, now = self._durable_bytes.get(inode, b""), self._bytes.get(inode, b"")
        if dice is None or not now.startswith(durable):
            return durable
        tail = now[len(durable) :]
        kept = tail[: dice.randrange(len(tail) + 1)]
        return durable + kept + b"\0" * dice.randrange(len(tail) - len(kept) + 1)  # length grows before the data
