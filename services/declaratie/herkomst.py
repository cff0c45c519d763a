"""Where an answer finds the clients and lines that it is about: in the content of the declaration or, of a large one,
in what was made of them while it was read. Clients and lines go by their number in the message, from 1."""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Protocol

from services.declaratie.beantwoord import Regel, regel_of, regel_of_inhoud
from services.declaratie.domain import Client
from services.declaratie.messages import ingediend_bedrag, prestatie_323, signed
from shared.exchange.dienst import Heen
from shared.iwmo.bulk import Delen
from shared.iwmo.inhoud import Inhoud


class Herkomst(Protocol):
    """The clients of a declaration and their lines."""

    def bsn(self, client: int) -> str:
        """His Bsn."""
        ...

    def bedragen(self, client: int) -> Sequence[int]:
        """What each of his lines asks, in cents with its sign."""
        ...

    def regels_323(self, client: int, numbers: Iterable[int]) -> Iterator[Inhoud]:
        """These of his lines, as a WMO323 has them."""
        ...

    def verzonden(self, client: int) -> Iterator[Regel]:
        """All his lines, as an answer is held against them."""
        ...

    def clienten(self, numbers: Set[int]) -> Iterator[tuple[int, Inhoud]]:
        """These clients with all that the message says of them, in order."""
        ...


def herkomst_of(heen: Heen) -> Herkomst:
    """Of a declaration of either release."""
    if heen.delen is not None:
        return _InDelen(heen.delen)
    whole = heen.inhoud if heen.soort.release == "2.4" else heen.inhoud["Declaratie"]
    return _InInhoud(whole["Clienten"]["Client"])


class _InInhoud:
    """Of a message that was read whole."""

    def __init__(self, clienten: Sequence[Inhoud]) -> None:
        self._all = clienten

    def _regels(self, client: int) -> list[Inhoud]:
        regels: list[Inhoud] = self._all[client - 1]["Prestaties"]["Prestatie"]
        return regels

    def bsn(self, client: int) -> str:
        return str(self._all[client - 1]["Bsn"])

    def bedragen(self, client: int) -> Sequence[int]:
        return [signed(ingediend_bedrag(one), "Bedrag") for one in self._regels(client)]

    def regels_323(self, client: int, numbers: Iterable[int]) -> Iterator[Inhoud]:
        regels = self._regels(client)
        return (regels[number - 1] for number in numbers)

    def verzonden(self, client: int) -> Iterator[Regel]:
        return map(regel_of_inhoud, self._regels(client))

    def clienten(self, numbers: Set[int]) -> Iterator[tuple[int, Inhoud]]:
        return ((number, self._all[number - 1]) for number in sorted(numbers))


class _InDelen:
    """Of one that was read piece by piece."""

    def __init__(self, delen: Delen) -> None:
        self._delen = delen

    def _client(self, number: int) -> Client:
        client: Client = self._delen.items[number - 1]
        return client

    def bsn(self, client: int) -> str:
        return self._client(client).persoon.bsn

    def bedragen(self, client: int) -> Sequence[int]:
        return [one.saldo for one in self._client(client).prestaties]

    def regels_323(self, client: int, numbers: Iterable[int]) -> Iterator[Inhoud]:
        regels = self._client(client).prestaties
        return (prestatie_323(regels[number - 1]) for number in numbers)

    def verzonden(self, client: int) -> Iterator[Regel]:
        return map(regel_of, self._client(client).prestaties)

    def clienten(self, numbers: Set[int]) -> Iterator[tuple[int, Inhoud]]:
        """A message of 2.4 says more of a client than was made of him, so it is read once more."""
        return self._delen.again(numbers)
