"""Who visits the site: households of browsers, accounts and wallets, of every kind that identity rules speak of."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

AGENTS = (
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36",
        "desktop",
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "desktop"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        " Version/18.0 Mobile/15E148 Safari/604.1",
        "mobile",
    ),
    ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1", "tablet"),
)
BOT = len(AGENTS)
BOT_AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@dataclass(slots=True)
class Browser:
    """One client: an anonymous id on a device, or a server that sends for one user."""

    kind: str  # anonymous or user: what names the client
    client: str
    device_id: str
    accounts: tuple[str, ...] = ()  # users who may log in here
    wallets: tuple[str, ...] = ()
    agent: int = 0  # index of AGENTS; BOT is a bot
    keeps_cookie: bool = True  # else every request mints a new device
    user_id: str | None = None  # who is logged in
    was_seen: bool = False  # it has the cookie by now

    @property
    def is_bot(self) -> bool:
        """A crawler."""
        return self.agent == BOT


def households(dice: random.Random, count: int) -> Iterator[list[Browser]]:
    """Yield the browsers of each household; ids follow from its number."""
    kinds = dice.choices(list(KINDS), [weight for weight, _ in KINDS.values()], k=count)
    for number, kind in enumerate(kinds):
        yield KINDS[kind][1](dice, f"{number:06}")


def _browser(dice: random.Random, name: str, device: str = "", **more: object) -> Browser:
    wallets = tuple(f"evm:{name}-{n}" for n in range(dice.choice((0, 1, 1, 2))))
    agent = dice.choices(range(len(AGENTS)), (50, 20, 25, 5))[0]
    return Browser(**{"kind": "anonymous", "client": f"anon-{name}", "device_id": device or f"device-{name}",
                      "wallets": wallets, "agent": agent, **more})  # type: ignore[arg-type]  # fmt: skip


def _visitor(dice: random.Random, name: str) -> list[Browser]:
    return [_browser(dice, name)]


def _member(dice: random.Random, name: str) -> list[Browser]:
    return [_browser(dice, name, accounts=(f"user-{name}",))]


def _two_devices(dice: random.Random, name: str) -> list[Browser]:
    return [_browser(dice, f"{name}{side}", accounts=(f"user-{name}",)) for side in "ab"]


def _shared(dice: random.Random, name: str) -> list[Browser]:
    return [_browser(dice, name, accounts=(f"user-{name}a", f"user-{name}b"))]


def _cleared(dice: random.Random, name: str) -> list[Browser]:
    """Storage was cleared once: two anonymous ids, one cookie."""
    return [_browser(dice, f"{name}{side}", device=f"device-{name}") for side in "ab"]


def _blocker(dice: random.Random, name: str) -> list[Browser]:
    return [_browser(dice, name, keeps_cookie=False)]


def _server(dice: random.Random, name: str) -> list[Browser]:
    return [Browser("user", f"user-{name}", "", user_id=f"user-{name}")]


def _bot(dice: random.Random, name: str) -> list[Browser]:
    return [_browser(dice, name, agent=BOT)]


KINDS: dict[str, tuple[int, Callable[[random.Random, str], list[Browser]]]] = {
    "visitor": (52, _visitor),
    "member": (20, _member),
    "two devices": (8, _two_devices),
    "shared": (4, _shared),
    "cleared": (6, _cleared),
    "blocker": (4, _blocker),
    "server": (3, _server),
    "bot": (3, _bot),
}
