"""One request to a receiver: to that address alone, verified, bounded, and what came of it."""

import asyncio
import socket
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.webhooks.adressen import Adres, Grenzen
from shared.webhooks.verzender import LOOKUPS, LOOKUPS_PER_PARTY, READ_BYTES, Uitkomst, Verzender
from tests.ontvanger import Gedrag, Melding, Ontvanger, answer, take

LOKAAL = Grenzen(frozenset({443}), (), lokaal=True)
OPEN = Grenzen(frozenset({443, 8443}), (), lokaal=False)
SECONDS = 10.0
_tried: list[Any] = []
_watching: list[bool] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _watching and isinstance(arguments[1], tuple):
        _tried.append(arguments[1][0])


sys.addaudithook(_watch)


@contextmanager
def connections() -> Iterator[list[Any]]:
    """The addresses to which this process makes a connection meanwhile: the interpreter itself tells."""
    _tried.clear()
    _watching.append(True)
    try:
        yield _tried
    finally:
        _watching.pop()


def names(*answers: Sequence[str]) -> Callable[[str, int], Any]:
    """A name server that answers otherwise each time."""
    left = list(answers)

    async def resolve(_: str, __: int) -> Sequence[Adres]:
        return [ip_address(one) for one in (left.pop(0) if len(left) > 1 else left[0])]

    return resolve


async def send(verzender: Verzender, url: str, body: bytes = b"{}") -> Uitkomst:
    async with verzender.lijn(url) as lijn:
        return Uitkomst("adres") if lijn is None else await lijn.post(body, {"webhook-id": "x"})


def behaving(told: bytes) -> Gedrag:
    async def gedrag(_: Melding) -> bytes:
        return told

    return gedrag


@pytest.mark.parametrize(
    ("told", "uitkomst"),
    [
        (answer(200, body=b"goed"), Uitkomst("bezorgd", 200)),
        (answer(202), Uitkomst("bezorgd", 202)),
        (answer(500), Uitkomst("status", 500)),
        (answer(404), Uitkomst("status", 404)),
        (answer(503, "Retry-After: 120"), Uitkomst("status", 503, timedelta(seconds=120))),
        (answer(503, "Retry-After: " + "9" * 400), Uitkomst("status", 503)),
        (answer(410), Uitkomst("weg", 410)),
        (answer(302, "Location: http://127.0.0.1:1/"), Uitkomst("omleiding", 302)),
        (answer(307, "Location: /elders"), Uitkomst("omleiding", 307)),
        (b"", Uitkomst("tijd")),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Uitkomst("verbinding")),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, Uitkomst("verbinding")),
    ],
)
async def test_what_came_of_it(ontvanger: Ontvanger, told: bytes, uitkomst: Uitkomst) -> None:
    ontvanger.gedrag = behaving(told)
    with connections() as made:
        seconds = 0.3 if uitkomst.soort == "tijd" else SECONDS
        assert await send(Verzender(LOKAAL, seconds), ontvanger.url) == uitkomst

    assert made == ["127.0.0.1"]
    assert len(ontvanger.meldingen) == 1


async def test_a_receiver_that_is_not_there(ontvanger: Ontvanger) -> None:
    await ontvanger.close()

    assert await send(Verzender(LOKAAL, SECONDS), ontvanger.url) == Uitkomst("verbinding")


async def test_no_more_of_an_answer_is_read_than_is_needed(ontvanger: Ontvanger) -> None:
    written = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 999999999\r\n\r\n")
        try:
            while written < 64_000_000:
                writer.write(b"\x00" * 65_536)
                await writer.drain()
                written += 65_536
        except OSError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await send(Verzender(LOKAAL, SECONDS), f"http://127.0.0.1:{port}/") == Uitkomst("bezorgd", 200)
    server.close()

    assert READ_BYTES <= written < 32_000_000


async def test_several_follow_over_one_connection(ontvanger: Ontvanger) -> None:
    async with Verzender(LOKAAL, SECONDS).lijn(ontvanger.url) as lijn:
        assert lijn
        told = [await lijn.post(b"{}", {"webhook-id": str(number)}) for number in range(5)]

    assert {one.soort for one in told} == {"bezorgd"}
    assert ontvanger.verbindingen == 1


async def test_the_environment_sets_no_proxy(ontvanger: Ontvanger, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = await Ontvanger().open()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.url)

    assert (await send(Verzender(LOKAAL, SECONDS), ontvanger.url)).bezorgd
    assert proxy.verbindingen == 0
    await proxy.close()


@pytest.mark.parametrize(
    "adres",
    [
        "127.0.0.1", "::1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "fd00::1", "fe80::1", "::",
    ],
)  # fmt: skip
async def test_a_name_that_leads_inside_gets_no_connection(adres: str) -> None:
    with connections() as made:
        for others in ([], ["93.184.215.14"]):
            verzender = Verzender(OPEN, SECONDS, resolve=names([*others, adres]))
            assert await send(verzender, "https://binnen.example/") == Uitkomst("adres")

    assert made == []


async def test_a_name_that_changes_in_between_changes_nothing(ontvanger: Ontvanger) -> None:
    """The name is looked up once: the connection goes to what was judged."""
    own = Grenzen(frozenset({ontvanger.port}), (IPv4Network("127.0.0.2/32"),), lokaal=False)
    verzender = Verzender(own, SECONDS, resolve=names(["127.0.0.2"], ["127.0.0.1"]))
    with connections() as made:
        await send(verzender, f"https://wisselt.example:{ontvanger.port}/")
        second = await send(verzender, f"https://wisselt.example:{ontvanger.port}/")

    assert (made, second) == (["127.0.0.2"], Uitkomst("adres"))


async def test_a_name_server_that_fails_or_does_not_answer() -> None:
    async def fail(_: str, __: int) -> Sequence[Adres]:
        raise OSError

    async def hang(_: str, __: int) -> Sequence[Adres]:
        await asyncio.sleep(60)
        return []

    for resolve in (fail, hang, names([])):
        assert await send(Verzender(OPEN, 0.1, resolve=resolve), "https://stil.example/") == Uitkomst("adres")


async def test_the_machine_s_own_resolver(ontvanger: Ontvanger) -> None:
    url = ontvanger.url.replace("127.0.0.1", "localhost")
    with connections() as made:
        # Whether localhost is first IPv6 is for the machine to say: then there is no connection.
        told = await send(Verzender(LOKAAL, SECONDS), url)
        inside = await send(Verzender(OPEN, SECONDS), "https://localhost/")

    assert told.soort in ("bezorgd", "verbinding")
    assert len(made) == 1
    assert inside == Uitkomst("adres")


class Naamserver:
    """In the place of the machine's resolver: it answers for one name, and leaves all others hanging until the end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hanging, self.ended, self._lock = 0, threading.Event(), threading.Lock()
        monkeypatch.setattr(socket, "getaddrinfo", self._answer)

    def _answer(self, naam: str, poort: int, **_: object) -> list[tuple[Any, ...]]:
        if naam != "goed.example":
            with self._lock:
                self.hanging += 1
            self.ended.wait(60)
            raise OSError
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", poort))]


@pytest.fixture
def naamserver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Naamserver]:
    made = Naamserver(monkeypatch)
    yield made
    made.ended.set()


async def has_way(verzender: Verzender, naam: str, partij: str) -> bool:
    """Whether there is a way to this name; no connection is made."""
    async with verzender.lijn(f"https://{naam}/", partij=partij) as lijn:
        return lijn is not None


async def test_names_of_one_party_that_hang_hold_up_no_other(naamserver: Naamserver) -> None:
    """Nor what else is done in threads, however few there are; and what hangs counts when who asked has given up."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    verzender = Verzender(OPEN, 0.2)

    for _ in range(2):
        asked = (has_way(verzender, f"stil{one}.example", "agb:1") for one in range(LOOKUPS))
        assert not any(await asyncio.gather(*asked))
    async with asyncio.timeout(5):
        await asyncio.to_thread(bool)
    found = await has_way(verzender, "goed.example", "agb:2")

    assert (found, naamserver.hanging) == (True, LOOKUPS_PER_PARTY)


async def test_a_party_whose_names_are_answered_again_is_served_again(naamserver: Naamserver) -> None:
    verzender = Verzender(OPEN, 0.2)
    many = (has_way(verzender, "stil.example", "agb:1") for _ in range(LOOKUPS_PER_PARTY + 1))
    assert not any(await asyncio.gather(*many))
    naamserver.ended.set()

    async with asyncio.timeout(5):
        while not await has_way(verzender, "goed.example", "agb:1"):
            pass


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An authority, and the certificate of zorg.example with its key."""
    folder = tmp_path_factory.mktemp("ca")
    now, key, own = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Proef CA")])

    def certificate(subject: x509.Name, public: Any, extension: Any) -> bytes:
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    root, leaf = folder / "ca.pem", folder / "leaf.pem"
    root.write_bytes(certificate(issuer, key.public_key(), x509.BasicConstraints(ca=True, path_length=None)))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "zorg.example")])
    private = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    san = x509.SubjectAlternativeName([x509.DNSName("zorg.example")])
    leaf.write_bytes(private + certificate(name, own.public_key(), san))
    return root, leaf


@pytest.fixture
async def beveiligd(ca: tuple[Path, Path]) -> AsyncIterator[Ontvanger]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca[1])
    made = await Ontvanger(take, context).open()
    yield made
    await made.close()


async def test_a_certificate_is_verified_against_the_name(beveiligd: Ontvanger, ca: tuple[Path, Path]) -> None:
    grenzen = Grenzen(frozenset({beveiligd.port}), (IPv4Network("127.0.0.1/32"),), lokaal=False)
    here = names(["127.0.0.1"])
    trusting, strange = (Verzender(grenzen, 2.0, file, here) for file in (ca[0], None))

    told = await send(trusting, f"https://zorg.example:{beveiligd.port}/hook")
    other = await send(trusting, f"https://ander.example:{beveiligd.port}/hook")
    unknown = await send(strange, f"https://zorg.example:{beveiligd.port}/hook")

    assert (told, other, unknown) == (Uitkomst("bezorgd", 204), Uitkomst("tls"), Uitkomst("tls"))
    [melding] = beveiligd.meldingen
    assert melding.headers["host"] == f"zorg.example:{beveiligd.port}"
