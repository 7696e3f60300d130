"""The Dagster UI behind each proxy of docs/operations.md, and the read-only one: who may see it, who may start runs."""

import base64
import contextlib
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.docs.pages import DOCS, fences
from tests.ports import free_port
from tests.proxies.running import AROUND_NGINX, BEFORE_CADDY, is_listening, program, running
from tests.support import environment, wait_until

pytestmark = pytest.mark.slow

HOST = "ops.shop.test"
OPERATOR = ("operator", "pass word")
LAUNCH = "mutation{setNuxSeen}"  # any mutation: what starts runs comes the same way
POSTED = {"query": LAUNCH}


@contextlib.contextmanager
def running_webserver(room: Path, *options: str) -> Iterator[int]:
    """Run the guarded web server as `tracking up` does, without a code location; yield its port."""
    port, home = free_port(), room / "home"
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    command = [sys.executable, "-m", "tracking_pipeline.operations.webserver", "--empty-workspace", *options]
    variables = {"DAGSTER_HOME": home, "TRACKING_DAGSTER_HOSTS": HOST}
    with (room / f"webserver-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)],
            env=environment(room / "data", **variables),
            cwd=room,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(lambda: process.poll() is not None or is_listening(port), 120, "the web server")
        assert process.poll() is None
        yield port
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_webserver(tmp_path_factory.mktemp("ui")) as port:
        yield port


def recipe(language: str, ui: int) -> str:
    """Return the page's recipe with this test's server and name in it."""
    [text] = fences(DOCS / "operations.md", language)
    for theirs, ours in {"127.0.0.1:3000": f"127.0.0.1:{ui}", "ops.example.com": HOST}.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    return text


@contextlib.contextmanager
def running_nginx(ui: int, room: Path) -> Iterator[int]:
    """Run nginx with the page's recipe, one operator and a certificate of its own; yield its port."""
    port, openssl = free_port(), program("bin/openssl")
    wanted = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    subprocess.run(
        [openssl, "req", *wanted, "-keyout", room / "site.key", "-out", room / "site.pem"],
        check=True,
        capture_output=True,
    )
    hashed = subprocess.run([openssl, "passwd", "-5", OPERATOR[1]], check=True, capture_output=True, text=True).stdout
    (room / "operators").write_text(f"{OPERATOR[0]}:{hashed}")
    text = recipe("nginx", ui).replace("listen 443", f"listen 127.0.0.1:{port}")
    text = text.replace("/etc/ssl/", f"{room}/").replace("user_file /etc/nginx/", f"user_file {room}/")
    (room / "nginx.conf").write_text(AROUND_NGINX.format(room=room, recipe=text))
    with running([program("sbin/nginx"), "-c", room / "nginx.conf", "-p", room], room, port):
        yield port


@contextlib.contextmanager
def running_caddy(ui: int, room: Path) -> Iterator[int]:
    """Run Caddy with the page's recipe, one operator and its own certificate authority; yield its port."""
    port, caddy = free_port(), program("bin/caddy")
    hashed = subprocess.run(
        [caddy, "hash-password", "--plaintext", OPERATOR[1]], check=True, capture_output=True, text=True
    ).stdout.strip()
    (room / "Caddyfile").write_text(BEFORE_CADDY.format(port=port) + recipe("caddy", ui))
    command: list[str | Path] = [caddy, "run", "--adapter", "caddyfile", "--config", room / "Caddyfile"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPERATORS_HASH", hashed)
        with running(command, room, port, HOST):
            yield port


PROXIES = {"nginx": running_nginx, "Caddy": running_caddy}


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request: pytest.FixtureRequest, ui: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with PROXIES[str(request.param)](ui, tmp_path_factory.mktemp("proxy")) as port:
        yield port


@pytest.fixture
def client(proxy: int) -> Iterator[httpx.Client]:
    """A client that knows no password yet."""
    with httpx.Client(
        base_url=f"https://127.0.0.1:{proxy}", verify=False, headers={"Host": f"{HOST}:{proxy}"}, timeout=60
    ) as made:
        yield made


def ask(client: httpx.Client, method: str, path: str, **options: object) -> httpx.Response:
    """Ask under the proxy's name."""
    return client.request(method, path, extensions={"sni_hostname": HOST}, **options)  # type: ignore[arg-type]


def test_nothing_is_shown_without_the_login(client: httpx.Client) -> None:
    assert ask(client, "GET", "/").status_code == 401
    assert ask(client, "GET", "/server_info").status_code == 401
    assert ask(client, "POST", "/graphql", json=POSTED).status_code == 401
    assert ask(client, "POST", "/graphql", json=POSTED, auth=(OPERATOR[0], "wrong")).status_code == 401


def test_an_operator_sees_the_page_and_may_start_what_it_posts(client: httpx.Client, proxy: int) -> None:
    origin = {"Origin": f"https://{HOST}:{proxy}", "Sec-Fetch-Site": "same-origin"}

    page = ask(client, "GET", "/", auth=OPERATOR)
    posted = ask(client, "POST", "/graphql", json=POSTED, auth=OPERATOR, headers=origin)

    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert posted.json() == {"data": {"setNuxSeen": True}}
    assert handshake(proxy, f"https://{HOST}:{proxy}") == 101


def test_what_another_page_asks_for_with_the_operators_login_is_refused(client: httpx.Client, proxy: int) -> None:
    evil = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    form = {**evil, "Content-Type": "text/plain"}

    picture = ask(client, "GET", "/graphql", params=POSTED, auth=OPERATOR, headers={"Sec-Fetch-Site": "cross-site"})
    posted = ask(client, "POST", "/graphql", params=POSTED, content="x", auth=OPERATOR, headers=form)

    assert (picture.status_code, posted.status_code) == (405, 403)
    assert handshake(proxy, "https://evil.test") == 403


def test_the_guard_alone_refuses_too(ui: int) -> None:
    url = f"http://127.0.0.1:{ui}"

    assert httpx.get(f"{url}/graphql", params=POSTED, timeout=60).status_code == 403
    assert httpx.post(f"{url}/graphql", params=POSTED, headers={"Origin": "https://evil.test"}).status_code == 403
    assert httpx.get(url, headers={"Host": "evil.test"}).status_code == 403
    assert httpx.post(f"{url}/graphql", json=POSTED).json() == {"data": {"setNuxSeen": True}}


def test_on_the_read_only_page_nothing_can_be_started(tmp_path: Path) -> None:
    text = (DOCS / "operations.md").read_text()
    assert "--read-only -h 127.0.0.1 -p 3001" in text

    with running_webserver(tmp_path, "--read-only") as port:
        url = f"http://127.0.0.1:{port}"
        page = httpx.get(url, timeout=60)
        reported = httpx.post(f"{url}/report_asset_materialization/events", timeout=60)
        launched = httpx.post(
            f"{url}/graphql",
            json={"query": 'mutation{wipeAssets(assetPartitionRanges:[{assetKey:{path:["events"]}}]){__typename}}'},
        )

    assert page.status_code == 200
    assert reported.status_code == 401
    assert launched.json()["data"]["wipeAssets"]["__typename"] == "UnauthorizedError"


def handshake(port: int, origin: str) -> int:
    """Ask for a web socket as a page of ``origin`` does; return the answer's status."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    login = base64.b64encode(":".join(OPERATOR).encode()).decode()
    head = {
        "Host": f"{HOST}:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Origin": origin,
        "Authorization": f"Basic {login}",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "graphql-ws",
    }
    lines = "\r\n".join(["GET /graphql HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""])
    plain = socket.create_connection(("127.0.0.1", port), timeout=60)
    with context.wrap_socket(plain, server_hostname=HOST) as secure:
        secure.sendall(lines.encode())
        return int(secure.recv(4096).split()[1])
