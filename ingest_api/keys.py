"""Secrets of this install, made once and shared by all workers: the key of wallet ids, the salt of the day.

They lie under the data folder (0600). A file appears whole or not at all, and whoever comes second takes the first
one's. Yesterday's salt is forgotten: then nobody can tell any more whose an id of yesterday was.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ingest_api.disk import Disk

log = logging.getLogger(__name__)

DAY_US = 86_400_000_000
SECRET_BYTES = 32
WALLET_KEY = "wallet.key"
SALT_PREFIX = "salt-"


class Keys:
    """One install's secrets. Reading costs disk once a process, for a salt once a day."""

    def __init__(self, folder: Path, hash_key: str = "", now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now
        self._hash_key = hash_key.encode()
        self._salt: tuple[int, bytes] = (-1, b"")
        self._disk = Disk()

    @property
    def wallet_key(self) -> bytes:
        """Return the key of wallet ids: the setting's, else the file's, made at first use. Raises OSError."""
        if not self._hash_key:
            self._hash_key = self._read_or_make(WALLET_KEY)
        return self._hash_key

    def salt(self, at_us: int) -> bytes:
        """Return the salt of an instant's day (UTC). Where it cannot be kept, this process makes do with its own."""
        day = at_us // DAY_US
        if self._salt[0] != day:
            self.forget()
            try:
                self._salt = day, self._read_or_make(f"{SALT_PREFIX}{day}")
            except OSError as error:
                log.warning("the day's salt cannot be kept errno=%s", error.errno)
                self._salt = day, secrets.token_bytes(SECRET_BYTES)
            self._forget_after(day)
        return self._salt[1]

    def prepare(self) -> None:
        """Make what every request needs, and forget the days that were slept through. Raises OSError."""
        _ = self.wallet_key
        self.forget()

    def forget(self) -> None:
        """Delete the salts of days that are over, here and on disk."""
        today = int(self._now() * 1e6) // DAY_US
        if self._salt[0] < today:
            self._salt = (-1, b"")
        for path in self._folder.glob(f"{SALT_PREFIX}*"):
            day = path.name.removeprefix(SALT_PREFIX)
            if day.isdecimal() and int(day) < today:
                self._disk.unlink(path)

    def _forget_after(self, day: int) -> None:
        """Forget also if no request comes on the next day."""
        timer = threading.Timer(max(1.0, (day + 1) * DAY_US / 1e6 - self._now() + 1), self.forget)
        timer.daemon = True
        timer.start()

    def _read_or_make(self, name: str) -> bytes:
        path = self._folder / name
        if not path.exists():
            self._disk.make_dirs(self._folder)
            aside = self._folder / f".{name}.{secrets.token_hex(8)}"
            self._disk.write_aside(aside, secrets.token_bytes(SECRET_BYTES))
            self._disk.link(aside, path)  # False: another worker was first
            self._disk.unlink(aside)
            self._disk.sync_dir(self._folder)
        return self._disk.read(path)
