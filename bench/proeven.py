"""What is measured, each with the goal it has to meet."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from lxml import etree

from bench.gegevens import a_declaratie, a_start, a_wrong_declaratie, kind
from bench.meten import MB, STATUS, alternate, resident
from bench.uitkomst import Uitkomst
from shared.iwmo.codec import encode
from shared.iwmo.lezer import BerichtOngeldigError, Grenzen, read
from shared.iwmo.schemas import Schemas

SCHEMAS = Schemas()
GRENZEN = Grenzen()
ROUNDS = 9
WRONG_LINES = 29_500
"""Of which an all-wrong declaration has 20 MB."""
SMALL = 500


def proeven() -> Iterator[Uitkomst]:
    """Every benchmark of the message layer, one after the other."""
    yield decode_against_validation()
    yield from memory_of_decode()
    yield faults("every value wrong", a_wrong_declaratie(WRONG_LINES, SCHEMAS))
    yield faults("99 early faults, the rest right", _with_early_faults(a_declaratie(37_000, SCHEMAS)))
    yield small_messages()


def decode_against_validation() -> Uitkomst:
    """A 323 of 10,000 lines read as the node does (limits, parse, validation, plain values, hash of the canonical
    form), against lxml parsing it and then validating the tree."""
    body = a_declaratie(10_000, SCHEMAS)
    validator = SCHEMAS.of(kind("WMO323")).validator

    def parse_and_validate() -> None:
        validator.assertValid(etree.fromstring(body))

    took = alternate(
        {"alone": parse_and_validate, "read": lambda: read(body, SCHEMAS, GRENZEN)},
        ROUNDS,
    )
    ratio = took["read"] / took["alone"]
    figures = f"{took['read'] * 1000:.0f} ms against {took['alone'] * 1000:.0f} ms, {len(body) / MB:.1f} MB"
    return Uitkomst(
        "decode of a 323 of 10,000 lines / lxml parse + validate alone", f"{ratio:.1f} x", "≤ 4 x", ratio <= 4, figures
    )


def memory_of_decode() -> Iterator[Uitkomst]:
    """The most memory that reading takes, with the body itself and the result; it grows in a straight line. Each size
    in a process of its own, whose peak (VmHWM) and start (VmRSS, schemas open) the kernel tells."""
    if not STATUS.exists():  # only Linux tells a process its peak
        return
    for lines in (10_000, 20_000, 40_000):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            grown, size = pool.submit(grow_by_reading, lines).result()
        ratio = grown / size
        figures = f"{grown / MB:.0f} MB for {size / MB:.1f} MB"
        yield Uitkomst(
            f"memory to decode a 323 of {lines:,} lines / its body", f"{ratio:.1f} x", "≤ 12 x", ratio <= 12, figures
        )


def grow_by_reading(lines: int) -> tuple[int, int]:
    """How much this process grows at most by holding and reading a message, and the bytes of that message."""
    whole = a_declaratie(100, SCHEMAS)
    read(whole, SCHEMAS, GRENZEN)
    head, start, rest = whole.partition(b"<wmo323:Client>")
    clients, end, tail = rest.rpartition(b"</wmo323:Client>")
    before = resident("VmRSS")
    # Not through plain values: making those would take the memory that is measured.
    body = head + (start + clients + end) * (lines // 100) + tail
    gelezen = read(body, SCHEMAS, GRENZEN)
    grown = resident("VmHWM") - before
    if not gelezen.inhoud:
        raise AssertionError
    return grown, len(body)


def faults(naam: str, body: bytes) -> Uitkomst:
    """How long a large wrong message takes to refuse, with 100 faults explained."""

    def refuse() -> int:
        try:
            read(body, SCHEMAS, GRENZEN)
        except BerichtOngeldigError as error:
            return len(error.fouten)
        raise AssertionError("a wrong message was read")

    told = refuse()
    took = alternate({"refuse": refuse}, ROUNDS)["refuse"]
    return Uitkomst(
        f"faults of a {len(body) / MB:.0f} MB 323, {naam}", f"{took:.2f} s", "≤ 2 s", took <= 2, f"{told} faults told"
    )


def _with_early_faults(body: bytes) -> bytes:
    return body.replace(b"<iwmo:ReferentieNummer>", b"<iwmo:ReferentieNummer>" + b"x" * 30, 99)


def small_messages() -> Uitkomst:
    """A 305 read and written again, on one core."""
    body = a_start(SCHEMAS)

    def read_and_write() -> None:
        for _ in range(SMALL):
            gelezen = read(body, SCHEMAS, GRENZEN)
            encode(gelezen.inhoud, gelezen.schema)

    took = alternate({"305": read_and_write}, ROUNDS)["305"]
    rate = SMALL / took
    return Uitkomst(
        "decode + validate + encode of a 305, one core", f"{rate:,.0f}/s", "≥ 2,000/s", rate >= 2000,
        f"{1000 * took / SMALL:.2f} ms each, {len(body):,} bytes",
    )  # fmt: skip
