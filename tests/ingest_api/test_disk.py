"""An append is written and synced, in one call where the kernel has it and in two where it has not."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest_api.disk import Disk


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Files that were synced by a call of its own."""
    files: list[int] = []
    monkeypatch.setattr(os, "fdatasync", files.append)
    return files


def _fail(code: int) -> Callable[..., int]:
    def pwritev(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    return pwritev


def test_an_append_is_one_durable_call(tmp_path: Path, synced: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    flags: list[int] = []
    write = os.pwritev
    monkeypatch.setattr(os, "pwritev", lambda fd, data, at, flag: flags.append(flag) or write(fd, data, at, flag))
    disk = Disk()
    fd = disk.create(tmp_path / "a")

    disk.append(fd, b"one")
    disk.append(fd, b"two")

    assert (tmp_path / "a").read_bytes() == b"onetwo"
    assert flags == [os.RWF_DSYNC] * 2
    assert synced == []
    os.close(fd)


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_kernel_without_that_call_is_asked_twice(
    tmp_path: Path, synced: list[int], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(os, "pwritev", _fail(code))
    disk = Disk()
    fd = disk.create(tmp_path / "a")

    disk.append(fd, b"one")
    disk.append(fd, b"two")

    assert (tmp_path / "a").read_bytes() == b"onetwo"
    assert synced == [fd, fd]
    os.close(fd)


def test_a_disk_that_fails_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pwritev", _fail(errno.EIO))
    disk = Disk()
    fd = disk.create(tmp_path / "a")

    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        disk.append(fd, b"one")

    assert (tmp_path / "a").read_bytes() == b""
    os.close(fd)
