"""Proxies and certificates, as the client has them; leftovers of others stop nothing."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.delegate.backends import http as transport
from cheaproute.errors import DelegationError
from tests.api import Api, Reply

LEFT_OVER = [
    {"ALL_PROXY": "socks5://127.0.0.1:1"},
    {"ALL_PROXY": "socks://127.0.0.1:1", "all_proxy": "nonsense"},
    {"NO_PROXY": "fd07:b51a:cc66::/64,[::1],localhost,.orb.local, ,10.0.0.0/8"},
    {"NO_PROXY": "[::1"},
    {"NO_PROXY": "::1", "FTP_PROXY": "x"},
    {"SSL_CERT_FILE": "/gone/cert.pem", "SSL_CERT_DIR": "/gone"},
    {"REQUESTS_CA_BUNDLE": "/gone.pem", "CURL_CA_BUNDLE": "/gone.pem"},
    {"NODE_EXTRA_CA_CERTS": "/gone.pem"},
    {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"},
    {"HTTPS_PROXY": "127.0.0.1:1", "NO_PROXY": "*"},
    {"http_proxy": "", "HTTPS_PROXY": " "},
]


@pytest.mark.parametrize("left", LEFT_OVER, ids=str)
def test_what_a_vpn_left_stops_no_call(
    left: dict[str, str],
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`ping` answers as the client would."""
    api.script = lambda _request: Reply("Haiku is live.")
    for name, value in {**left, "ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": "k"}.items():
        monkeypatch.setenv(name, value)
    assert main(["ping"]) == 0, capsys.readouterr().err
    assert capsys.readouterr().out == "Haiku is live.\n"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1"}, "HTTPS_PROXY"),
        ({"https_proxy": "gopher://x"}, "https_proxy"),
        ({"HTTP_PROXY": "http://[::1"}, "HTTP_PROXY"),
        ({"CLAUDE_CODE_CLIENT_CERT": "/gone.pem"}, "CLAUDE_CODE_CLIENT_CERT"),
        ({"NODE_EXTRA_CA_CERTS": __file__}, "NODE_EXTRA_CA_CERTS"),
        ({"ANTHROPIC_BASE_URL": "http://[::1"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "http://x:port"}, "ANTHROPIC_BASE_URL"),
    ],
)
def test_what_cannot_be_used_is_named(
    said: dict[str, str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line with the variable; no bug, no traceback."""
    defaults = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1", "ANTHROPIC_API_KEY": "k"}
    for name, value in {**defaults, **said}.items():
        monkeypatch.setenv(name, value)
    assert main(["ping"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert named in err
    assert "bug" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("entry", "host", "port", "wanted"),
    [
        ("example.com", "example.com", None, True),
        ("example.com", "api.example.com", None, True),
        (".example.com", "api.example.com", None, True),
        ("*.example.com", "api.example.com", None, True),
        ("example.com", "notexample.com", None, False),
        ("EXAMPLE.com", "example.COM", None, True),
        ("example.com:8443", "example.com", 8443, True),
        ("example.com:8443", "example.com", 443, False),
        ("10.0.0.0/8", "10.1.2.3", None, True),
        ("10.0.0.0/8", "11.1.2.3", None, False),
        ("fd07::/16", "fd07::1", None, True),
        ("[::1]", "::1", None, True),
        ("::1", "[::1]", None, True),
        ("[::1]:80", "::1", 80, True),
        ("a b,example.com", "example.com", None, True),
        ("*", "anything", None, True),
        (",,  ,", "example.com", None, False),
        ("[", "example.com", None, False),
    ],
)
def test_no_proxy(entry: str, host: str, port: int | None, *, wanted: bool) -> None:
    """Names, suffixes, ports, addresses and networks; what is none of these takes nothing."""
    assert transport.direct(host, port, {"NO_PROXY": entry}) == wanted


def test_the_proxy_is_used(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain request through a proxy names its whole URL there."""
    seen: list[str] = []

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with serving(Proxy) as port:
        client = transport.client({"HTTPS_PROXY": f"127.0.0.1:{port}", "ALL_PROXY": "socks5://x"})
        assert client.get("http://api.invalid/x").status_code == 204
        client.close()
    assert seen == ["http://api.invalid/x"]
    assert api
    assert monkeypatch


@contextmanager
def serving(
    handler: type[http.server.BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A server on a port of its own."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(place: Path, *names: str) -> tuple[str, str]:
    """A certificate for the loopback and `names` that nobody else has signed, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "company")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                    *(x509.DNSName(name) for name in names),
                ]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = place / "ca.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = place / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(pem), str(private)


class Hello(http.server.BaseHTTPRequestHandler):
    """Answers anything."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("variable", ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])
def test_a_company_s_ca(tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named as the client's documentation says, it is trusted; without, the connection fails."""
    pem, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with serving(Hello, context) as port:
        client = transport.client({variable: pem})
        assert client.get(f"https://127.0.0.1:{port}/").status_code == 204
        client.close()
        client = transport.client({})
        with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
            client.get(f"https://127.0.0.1:{port}/")
        client.close()


def test_a_certificate_of_one_s_own(tmp_path: Path) -> None:
    """Where an organization's gateway asks who is there, the client's own certificate answers."""
    pem, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pem)
    context.load_cert_chain(pem, key)
    context.verify_mode = ssl.CERT_REQUIRED
    env = {
        "NODE_EXTRA_CA_CERTS": pem,
        "CLAUDE_CODE_CLIENT_CERT": pem,
        "CLAUDE_CODE_CLIENT_KEY": key,
    }
    with serving(Hello, context) as port:
        client = transport.client(env)
        assert client.get(f"https://127.0.0.1:{port}/").status_code == 204
        client.close()
    with pytest.raises(DelegationError, match="CLAUDE_CODE_CLIENT_CERT"):
        transport.client({"CLAUDE_CODE_CLIENT_CERT": os.devnull})
