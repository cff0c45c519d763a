"""The statements by which ``facts`` reads, compiled once. Each has as many parameters for a hundred thousand lines as
for one."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    exists,
    func,
    select,
    union_all,
)
from sqlalchemy.types import TypeEngine

from services.declaratie.tables import DECLARATIE, EXCHANGE, PRESTATIE, VERBRUIK, VERZAMEL
from shared.statement import Statement


def _all(name: str, of: TypeEngine[Any]) -> Any:
    return any_(cast(bindparam(name, type_=ARRAY(of)), ARRAY(of)))


def _last_period() -> Select[Any]:
    table, bericht = DECLARATIE.c, EXCHANGE.bericht.c
    own = select(bericht.volgnummer).where(bericht.id == bindparam("bericht_id")).scalar_subquery()
    return (
        select(table.bericht_id, table.begindatum, table.einddatum)
        .join(EXCHANGE.bericht, bericht.id == table.bericht_id)
        .where(
            table.aanbieder == bindparam("aanbieder"),
            table.gemeente == bindparam("gemeente"),
            bericht.volgnummer < own,
        )
        .order_by(table.begindatum.desc(), table.einddatum.desc())
        .limit(1)
    )


def _earlier() -> Select[Any]:
    table = PRESTATIE.c
    return select(
        table.referentie, table.bericht_id, table.toegekend, table.credit, table.gekort, table.retourcodes,
        # As ``credited_content`` has it.
        table.gemeente, table.client, table.toewijzing_nummer, table.categorie, table.code, table.begindatum,
        table.einddatum, table.volume, table.eenheid, table.tarief, table.bedrag,
    ).where(
        table.aanbieder == bindparam("aanbieder"),
        table.referentie == _all("referenties", Text()),
        ~table.dubbel,
    )  # fmt: skip


def _credited() -> Select[Any]:
    table = PRESTATIE.c
    return select(table.vorige_referentie, table.bericht_id).where(
        table.aanbieder == bindparam("aanbieder"),
        table.credit,
        table.toegekend,
        table.vorige_referentie == _all("referenties", Text()),
    )


def _granted() -> Select[Any]:
    """A row per unit, with an array of each column: ten thousand rows take three times as long to read."""
    table = VERBRUIK.c
    columns = (func.array_agg(column) for column in (table.toewijzing_nummer, table.volume, table.bedrag))
    return (
        select(table.eenheid, *columns)
        .where(
            table.gemeente == bindparam("gemeente"),
            table.aanbieder == bindparam("aanbieder"),
            table.toewijzing_nummer == _all("nummers", BigInteger()),
        )
        .group_by(table.eenheid)
    )


def _standing() -> Select[Any]:
    table, credit = PRESTATIE.c, PRESTATIE.alias("credit")
    taken_back = exists().where(
        credit.c.aanbieder == table.aanbieder,
        credit.c.vorige_referentie == table.referentie,
        credit.c.credit,
        credit.c.toegekend,
    )
    return (
        select(
            table.toewijzing_nummer,
            table.categorie,
            table.code,
            table.begindatum,
            table.einddatum,
            table.bericht_id,
            table.referentie,
        )
        .select_from(PRESTATIE)
        .where(
            table.gemeente == bindparam("gemeente"),
            table.aanbieder == bindparam("aanbieder"),
            table.toewijzing_nummer == _all("nummers", BigInteger()),
            table.begindatum == _all("dagen", Date()),
            table.toegekend,
            ~table.credit,
            ~taken_back,
        )
        .order_by(table.id)
    )


LOCK = Statement(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("sleutel", type_=Text()), 0))))
DECLARATIE_BY_NUMMER = Statement(
    union_all(
        *(
            select(one.c.bericht_id).where(
                one.c.aanbieder == bindparam("aanbieder"), one.c.nummer == bindparam("nummer")
            )
            for one in (DECLARATIE, VERZAMEL.factuur)
        )
    )
)
LAST_PERIOD = Statement(_last_period())
EARLIER = Statement(_earlier())
CREDITED = Statement(_credited())
GRANTED = Statement(_granted())
STANDING = Statement(_standing())
