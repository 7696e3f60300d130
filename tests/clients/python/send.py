"""Three calls to every address with one unmodified Python SDK, all at once; ends when the SDK has ended its tries.

Usage: send.py MODULE [KEY=URL]…, where MODULE has the SDK's Client: segment.analytics.client, analytics.client, …
"""

import importlib
import sys
import threading


def send(client_class: type, key: str, url: str) -> None:
    """Send with the SDK's own settings: only the URL is ours."""
    client = client_class(key, host=url)
    client.track(user_id="u", event="Swap", properties={"amount": "1234567890123456789"})
    client.page(user_id="u", name="Gas")
    client.identify(user_id="u", traits={"plan": "free"})
    client.flush()
    client.join()


def main(module: str, addresses: list[str]) -> None:
    """Send to all of them."""
    client_class = importlib.import_module(module).Client
    threads = [threading.Thread(target=send, args=(client_class, *a.split("=", 1))) for a in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
