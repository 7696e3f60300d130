"""Who is who: one id with or without login, cookie or wallet; shared devices and shared wallets merge nobody."""

import random

import pytest

from tests.tracking_pipeline.marts.history import History


def seen(
    anonymous_id: str | None, device_id: str | None, user_id: str | None = None, **more: object
) -> dict[str, object]:
    """Describe one event by the ids that it carries."""
    return {"anonymous_id": anonymous_id, "device_id": device_id, "user_id": user_id, **more}


CASES = {
    "one browser that logs in": ([seen("a", "d"), seen("a", "d", "u")], {"anonymous:a": "user:u"}),
    "storage cleared, cookie kept": (
        [seen("a", "d"), seen("b", "d")],
        {"anonymous:a": "device:d", "anonymous:b": "device:d"},
    ),
    "storage cleared before the login": (
        [seen("a", "d"), seen("b", "d", "u")],
        {"anonymous:a": "user:u", "anonymous:b": "user:u"},
    ),
    "two devices of one user": (
        [seen("a", "d", "u"), seen("b", "e", "u")],
        {"anonymous:a": "user:u", "anonymous:b": "user:u"},
    ),
    "cookies blocked": (
        [seen("a", "x1", device_is_new=True), seen("a", "x2", device_is_new=True)],
        {"anonymous:a": "anonymous:a"},
    ),
    "no SDK id": ([seen(None, "d"), seen(None, "d", "u")], {"device:d": "user:u"}),
    "a server": ([seen(None, None, "u")], {"user:u": "user:u"}),
    "two users share a device, ids reset between": (
        [seen("a", "d", "u"), seen("b", "d", "v"), seen("c", "d")],
        {"anonymous:a": "user:u", "anonymous:b": "user:v", "anonymous:c": "device:d"},
    ),
    "two users share a browser's id": ([seen("a", "d", "u"), seen("a", "d", "v")], {"anonymous:a": "anonymous:a"}),
    "two users share a wallet": (
        [seen("a", "d", "u", wallets=["evm:w"]), seen("b", "e", "v", wallets=["evm:w"])],
        {"anonymous:a": "user:u", "anonymous:b": "user:v"},
    ),
    "two strangers share a wallet": (
        [seen("a", "d", wallets=["evm:w"]), seen("b", "e", wallets=["evm:w"])],
        {"anonymous:a": "device:d", "anonymous:b": "device:e"},
    ),
    "an alias": (
        [seen("a", None), seen(None, None, "u", type="alias", previous_id="a")],
        {"anonymous:a": "user:u", "user:u": "user:u"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_visitor_is_a_look_up_over_identities(case: str) -> None:
    described, expected = CASES[case]
    history = History(random.Random(0))

    history.load([{**event, "minute": minute} for minute, event in enumerate(described)])

    found = history.connection.execute("select client_kind || ':' || client, visitor_id from visitors").fetchall()
    assert dict(found) == expected
    users = history.connection.execute("select visitor_id from users").fetchall()
    assert {visitor for (visitor,) in users} == set(expected.values())


def test_a_login_moves_the_visitor_s_past_with_it() -> None:
    history = History(random.Random(0))
    history.load([seen("a", "d", minute=0)])
    history.load([seen("b", "d", "u", minute=60)])

    rows = history.connection.execute("select visitor_id, clients, sessions from users").fetchall()

    assert rows == [("user:u", 2, 2)]
