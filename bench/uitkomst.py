"""What a benchmark tells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Uitkomst:
    """One line of the results: what was found, what it must be, and the bare figures behind it."""

    proef: str
    gevonden: str
    doel: str
    gehaald: bool
    cijfers: str
