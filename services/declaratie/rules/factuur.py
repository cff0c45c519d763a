"""The rules on what a line of 2.4 says of VAT (btw): an invoice tells whether it is exempt, and if not how much VAT it
has; a declaration says nothing.

They are no technical rules of the standard: those of 2.4 are not public. They carry the number of the retourcode, whose
text says what it is for (docs/besluiten/0032).
"""

from typing import Protocol

from services.declaratie.domain.declaratie import Prestatie
from services.declaratie.domain.feiten import DeclaratieFeiten
from services.declaratie.domain.geld import BTW_PADEN
from shared.iwmo.regels import Afwijking, Herstel, Tabel, regel


class Soortfeiten(Protocol):
    """Facts that know whether the message is an invoice."""

    @property
    def factuur(self) -> bool:
        """A WMO303F."""
        ...


@regel("RC8850", berichten="WMO303D", retourcode="8850", klasse="Prestatie", bron="WJ001 8850", releases=("2.4",))
def rc8850_declaration_has_no_vat(prestatie: Prestatie, feiten: Soortfeiten) -> Afwijking | None:
    """A line of a declaration (not of an invoice) has BtwVrijstelling or BtwBedrag."""
    btw = prestatie.btw
    if btw is None or feiten.factuur:
        return None
    present = zip(BTW_PADEN, (btw.vrijgesteld, btw.bedrag), strict=True)
    return Afwijking(
        "Btw-gegevens horen alleen in een factuur (WMO303F)",
        verwacht="geen BtwVrijstelling en geen BtwBedrag",
        herstel=tuple(Herstel(pad, None) for pad, value in present if value is not None),
    )


@regel("RC8851", berichten="WMO303F", retourcode="8851", klasse="Prestatie", bron="WJ001 8851", releases=("2.4",))
def rc8851_invoice_tells_exemption(prestatie: Prestatie, feiten: Soortfeiten) -> Afwijking | None:
    """A line of an invoice does not say whether it is exempt of VAT."""
    if not feiten.factuur or (prestatie.btw is not None and prestatie.btw.vrijgesteld is not None):
        return None
    return Afwijking("Een factuurregel noemt BtwVrijstelling", verwacht="BtwVrijstelling 1 (ja) of 2 (nee)")


@regel("RC8836", berichten="WMO303F", retourcode="8836", klasse="Prestatie", bron="WJ001 8836", releases=("2.4",))
def rc8836_exempt_line_has_no_vat(prestatie: Prestatie, feiten: Soortfeiten) -> Afwijking | None:
    """A line of an invoice is exempt of VAT, and has a BtwBedrag other than zero. In cents."""
    btw = prestatie.btw
    if not feiten.factuur or btw is None or not btw.vrijgesteld or not btw.bedrag:
        return None
    return Afwijking(
        "Een factuurregel die van btw is vrijgesteld heeft geen BtwBedrag boven nul (eurocenten)",
        gevonden=str(btw.bedrag),
        verwacht="0",
    )


@regel("RC8837", berichten="WMO303F", retourcode="8837", klasse="Prestatie", bron="WJ001 8837", releases=("2.4",))
def rc8837_taxed_line_has_vat(prestatie: Prestatie, feiten: Soortfeiten) -> Afwijking | None:
    """A line of an invoice is not exempt of VAT, and has no BtwBedrag."""
    btw = prestatie.btw
    if not feiten.factuur or btw is None or btw.vrijgesteld is not False or btw.bedrag is not None:
        return None
    return Afwijking("Een factuurregel die niet van btw is vrijgesteld noemt het BtwBedrag", verwacht="een BtwBedrag")


FACTUUR_BTW = (rc8851_invoice_tells_exemption, rc8836_exempt_line_has_no_vat, rc8837_taxed_line_has_vat)
"""What every invoice is held to, the verzamelfactuur as well."""
BTW_REGELS: Tabel[Prestatie, DeclaratieFeiten] = Tabel((rc8850_declaration_has_no_vat, *FACTUUR_BTW))
