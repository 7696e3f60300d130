"""The proxies of docs/first-party.md as processes: each recipe as it stands there, with a test's ports and names."""

import contextlib
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, fences
from tests.support import wait_until

PROGRAMS = Path(sys.prefix) / "proxies" / "usr"
PAGE = DOCS / "first-party.md"
HOST = "www.shop.test"
AROUND_NGINX = """
daemon off;
master_process off;
pid {room}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {room}/body;
    proxy_temp_path {room}/proxy;
    fastcgi_temp_path {room}/fastcgi;
    uwsgi_temp_path {room}/uwsgi;
    scgi_temp_path {room}/scgi;
    {recipe}
}}
"""
BEFORE_CADDY = """{{
    admin off
    auto_https disable_redirects
    default_bind 127.0.0.1
    https_port {port}
    local_certs
    skip_install_trust
}}
"""


def program(name: str) -> Path:
    """Return a program that set-up fetched; fail the test where it did not."""
    path = PROGRAMS / name
    if not path.exists():
        pytest.fail(f"{path.name} is missing: `make setup` fetches it.")
    return path


def recipe(language: str, collector: str, site: str) -> str:
    """Return the page's one recipe, with this test's servers in it."""
    [text] = fences(PAGE, language)
    for theirs, ours in {"127.0.0.1:8000": collector, "127.0.0.1:3001": site, "www.example.com": HOST}.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    return text


@contextlib.contextmanager
def running_nginx(collector: str, site: str, room: Path, port: int) -> Iterator[None]:
    """Run nginx with the page's recipe and a certificate of its own."""
    wanted = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    certificate = [program("bin/openssl"), "req", *wanted, "-keyout", room / "site.key", "-out", room / "site.pem"]
    subprocess.run(certificate, check=True, capture_output=True)
    text = recipe("nginx", collector, site)
    text = text.replace("listen 443", f"listen 127.0.0.1:{port}").replace("/etc/ssl/", f"{room}/")
    (room / "nginx.conf").write_text(AROUND_NGINX.format(room=room, recipe=text))
    with running([program("sbin/nginx"), "-c", room / "nginx.conf", "-p", room], room, port):
        yield


@contextlib.contextmanager
def running_caddy(collector: str, site: str, room: Path, port: int) -> Iterator[None]:
    """Run Caddy with the page's recipe and its own certificate authority."""
    (room / "Caddyfile").write_text(BEFORE_CADDY.format(port=port) + recipe("caddy", collector, site))
    command: list[str | Path] = [program("bin/caddy"), "run", "--adapter", "caddyfile", "--config", room / "Caddyfile"]
    with running(command, room, port):
        yield


@contextlib.contextmanager
def running(command: list[str | Path], room: Path, port: int, host: str = HOST) -> Iterator[None]:
    """Run a proxy until the block ends, from when it has a certificate; else what it said is in the error."""
    log = room / "log"
    home = {"HOME": str(room), "XDG_DATA_HOME": str(room), "XDG_CONFIG_HOME": str(room)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **home}, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: process.poll() is not None or greets(port, host), 60, str(command[0]))
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(30)


def is_listening(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def greets(port: int, host: str) -> bool:
    """Tell whether TLS works under a name: Caddy listens before it has a certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        plain = socket.create_connection(("127.0.0.1", port), 10)
        with plain, context.wrap_socket(plain, server_hostname=host):
            return True
    except OSError:
        return False
