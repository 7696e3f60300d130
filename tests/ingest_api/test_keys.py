"""Secrets of an install: made once, shared, private; the salt of a day is forgotten after it."""

import stat
import threading
from pathlib import Path

from ingest_api.keys import DAY_US, Keys

DAY = 20_782  # 2026-11-25
AT = DAY * DAY_US + 5_000_000


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.us = AT

    def __call__(self) -> float:
        return self.us / 1e6


def test_wallet_key_is_made_once_and_shared(tmp_path: Path) -> None:
    first = Keys(tmp_path / "data" / "keys").wallet_key

    assert len(first) == 32
    assert Keys(tmp_path / "data" / "keys").wallet_key == first
    assert Keys(tmp_path / "other").wallet_key != first


def test_wallet_key_of_the_settings_comes_first(tmp_path: Path) -> None:
    assert Keys(tmp_path / "keys", "a key of sixteen").wallet_key == b"a key of sixteen"
    assert not (tmp_path / "keys").exists()


def test_secrets_are_private(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys", now=Clock())
    _ = keys.wallet_key, keys.salt(AT)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {"wallet.key": 0o600, f"salt-{DAY}": 0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_racing_workers_get_one_key(tmp_path: Path) -> None:
    start = threading.Barrier(16)
    found = []

    def work() -> None:
        start.wait()
        keys = Keys(tmp_path / "keys", now=Clock())
        found.append((keys.wallet_key, keys.salt(AT)))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 16
    assert len(set(found)) == 1


def test_salt_lives_for_its_day_and_survives_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    salt = Keys(tmp_path, now=clock).salt(AT)
    clock.us = (DAY + 1) * DAY_US - 1

    assert Keys(tmp_path, now=clock).salt(clock.us) == salt


def test_yesterdays_salt_is_forgotten(tmp_path: Path) -> None:
    clock = Clock()
    keys = Keys(tmp_path, now=clock)
    yesterday = keys.salt(AT)
    clock.us += DAY_US

    today = keys.salt(clock.us)

    assert today != yesterday
    assert [path.name for path in tmp_path.iterdir()] == [f"salt-{DAY + 1}"]
    assert keys.salt(AT) not in (yesterday, today)


def test_salts_are_forgotten_without_any_request(tmp_path: Path) -> None:
    clock = Clock()
    keys = Keys(tmp_path, now=clock)
    keys.salt(AT)
    _ = keys.wallet_key
    clock.us += DAY_US

    Keys(tmp_path, now=clock).forget()

    assert [path.name for path in tmp_path.iterdir()] == ["wallet.key"]


def test_a_salt_that_cannot_be_kept_is_this_processes_own(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    keys = Keys(tmp_path / "file", now=Clock())

    assert keys.salt(AT) == keys.salt(AT)
    assert len(keys.salt(AT)) == 32
