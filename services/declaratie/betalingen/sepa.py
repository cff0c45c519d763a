"""A released payment proposal as a payment order for the bank: SEPA pain.001, made by ``sepaxml``.

The order of a proposal is always the same, byte for byte, under the same message id: a bank that gets it twice takes it
for what it is.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files

from lxml import etree
from sepaxml import SepaTransfer

from services.declaratie.betalingen.domain import Rekening, Voorstel
from shared.klok import NEDERLAND

SCHEMA = "pain.001.001.09"
"""What Dutch banks ask since pain.001.001.03 was phased out."""
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
MESSAGE_PREFIX = "WMO"
_SPECIAL = str.maketrans({"&": "+", ";": ",", "_": "-", "!": ".", '"': "'", "*": ".", "#": ".", "@": ".", "=": "-"})
"""Letters of the alphabet are ``sepaxml``'s to write without accents; of other signs a bank takes ``/-?:().,'+``."""


class SepaError(Exception):
    """The payment order is not valid against its schema: a fault of ours."""


Betaling = tuple[Voorstel, date]
"""A released proposal, and the day on which it is to be paid."""


def payment_order(voorstel: Voorstel, uitvoerdatum: date, vrijgegeven: datetime) -> bytes:
    """The XML of one payment, valid against the schema; the proposal is released, so its accounts are there."""
    return payment_file(voorstel.kenmerk, vrijgegeven, [(voorstel, uitvoerdatum)])


def payment_file(kenmerk: str, moment: datetime, betalingen: Sequence[Betaling]) -> bytes:
    """The same of one or more, all paid from one account, under this ``kenmerk`` as made at this ``moment``."""
    van = _account(betalingen[0][0].van)
    transfer = SepaTransfer({**_party(van), "batch": True, "currency": "EUR"}, schema=SCHEMA, clean=True)
    for voorstel, uitvoerdatum in betalingen:
        if voorstel.van != van:
            raise SepaError("more than one account to pay from")
        transfer.add_payment(_payment(voorstel, uitvoerdatum))
    root = etree.fromstring(transfer.export(validate=False))
    # sepaxml draws these at random, by its own clock.
    _set(root, "GrpHdr/MsgId", f"{MESSAGE_PREFIX}{kenmerk}")
    _set(root, "GrpHdr/CreDtTm", f"{moment.astimezone(NEDERLAND):%Y-%m-%dT%H:%M:%S}")
    # A part for each day; a file with one part is known by its own name.
    parts = root.findall("{*}CstmrCdtTrfInitn/{*}PmtInf/{*}PmtInfId")
    for number, part in enumerate(parts):
        part.text = f"{kenmerk}{number:03}" if number else kenmerk
    if _total(root) != sum(voorstel.bedrag for voorstel, _ in betalingen):
        raise SepaError("the control sum is not the sum of the payments")
    if not _schema().validate(root):
        raise SepaError(str(_schema().error_log.last_error))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _payment(voorstel: Voorstel, uitvoerdatum: date) -> dict[str, object]:
    return {
        **_party(_account(voorstel.naar)),
        "amount": voorstel.bedrag,
        "execution_date": uitvoerdatum,
        "description": f"Wmo {voorstel.gemeente} declaraties t/m {voorstel.einddatum:%d-%m-%Y} {voorstel.kenmerk}",
        "endtoend_id": voorstel.kenmerk,
    }


def _total(root: etree._Element) -> Decimal:
    """The control sum, in cents."""
    return Decimal(root.findtext("{*}CstmrCdtTrfInitn/{*}GrpHdr/{*}CtrlSum") or 0).scaleb(2)


def _account(rekening: Rekening | None) -> Rekening:
    if rekening is None:
        raise SepaError("no account")
    return rekening


def _party(rekening: Rekening) -> Mapping[str, str]:
    bic = {"BIC": rekening.bic} if rekening.bic else {}
    return {"name": rekening.naam.translate(_SPECIAL), "IBAN": rekening.iban, **bic}


def _set(root: etree._Element, path: str, value: str) -> None:
    found = root.find(f"{{*}}CstmrCdtTrfInitn/{'/'.join(f'{{*}}{step}' for step in path.split('/'))}")
    if found is None:
        raise SepaError(f"no {path}")
    found.text = value


@cache
def _schema() -> etree.XMLSchema:
    """The schema of the order, as ``sepaxml`` ships it."""
    with as_file(files("sepaxml") / "schemas" / f"{SCHEMA}.xsd") as path:
        return etree.XMLSchema(file=str(path))
