"""Beside many judged lines (``veel_prestaties``): what waits for the hand of the large gemeente, and a year that was
closed with differences. The large aanbieder has one declaration of 100,000 lines that waits, others have two hundred of
300; his verzamelfactuur has 100,000 lines, every other one of which differs."""

import asyncpg

from bench.gegevens import GEMEENTE
from bench.veel_prestaties import GROOT

KLEIN = 200

WACHTEND = f"""
create temporary table wachtend as
select gen_random_uuid() as bericht_id, bericht_id as als, declaratie.*
from declaratie.declaratie as bron cross join lateral (
    select bron.aanbieder, bron.nummer, bron.begindatum, bron.einddatum, bron.ingediend, bron.regels
) as declaratie
where bron.gemeente = '{GEMEENTE}' and bron.id in (
    (select max(id) from declaratie.declaratie where aanbieder = '{GROOT}')
    union all
    (select id from declaratie.declaratie where gemeente = '{GEMEENTE}' and aanbieder <> '{GROOT}'
     order by id desc limit {KLEIN})
)
"""  # noqa: S608 - constants of ours
BERICHTEN = f"""
insert into declaratie.bericht (id, bericht, release, berichtcode, afzender, ontvanger, partij_van, partij_naar,
                                identificatie, dagtekening, status, grootte, ontvangen)
select bericht_id, 'WMO323', '3.2', '484', aanbieder, '{GEMEENTE}', 'agb:' || aanbieder, 'gemeente:{GEMEENTE}',
       'W' || nummer, einddatum, 'geparkeerd', 0, now()
from wachtend
"""  # noqa: S608 - constants of ours
VOORGELEGD = f"""
insert into declaratie.handmatig_declaratie (bericht_id, soort, release, gemeente, aanbieder, nummer, begindatum,
                                             einddatum, ingediend, regels, uiterlijk, beslissen_tot)
select bericht_id, 'WMO323', '3.2', '{GEMEENTE}', aanbieder, 'W' || nummer, begindatum, einddatum, ingediend, regels,
       date '2999-12-31', date '2999-12-29'
from wachtend
"""  # noqa: S608 - constants of ours
TE_BESLISSEN = """
insert into declaratie.handmatig_regel (bericht_id, referentie, toewijzing_nummer, categorie, code, begindatum,
                                        einddatum, volume, eenheid, tarief, bedrag)
select wachtend.bericht_id, referentie, toewijzing_nummer, categorie, code, regel.begindatum, regel.einddatum, volume,
       eenheid, tarief, bedrag
from wachtend join declaratie.prestatie as regel on regel.bericht_id = als
order by regel.id
"""
FACTUUR = f"""
insert into declaratie.verzamelfactuur (bericht_id, gemeente, aanbieder, nummer, begindatum, einddatum, dagtekening,
                                        ingediend, verwacht, toegekend, regels, regels_toegekend, ontbreekt)
select bericht_id, gemeente, aanbieder, 'F' || nummer, date '2022-01-01', date '2022-12-31', date '2023-01-05',
       ingediend, ingediend, toegekend / 2, regels, regels / 2, 0
from declaratie.declaratie where aanbieder = '{GROOT}' order by id limit 1
"""  # noqa: S608 - constants of ours
FACTUURREGELS = """
insert into declaratie.verzamelregel (bericht_id, client, referentie, toewijzing_nummer, categorie, code, begindatum,
                                      einddatum, bedrag, gefactureerd, toegekend, akkoord, retourcodes)
select bericht_id, client, referentie, toewijzing_nummer, categorie, code, prestatie.begindatum, prestatie.einddatum,
       bedrag, bedrag,
       bedrag - prestatie.id % 2, prestatie.id % 2 = 0,
       case when prestatie.id % 2 = 0 then '{}'::text[] else '{8033}' end
from declaratie.prestatie join declaratie.verzamelfactuur using (bericht_id, gemeente, aanbieder)
order by prestatie.id
"""


async def load_overig(conn: asyncpg.Connection) -> None:
    """What belongs to the lines that ``veel_prestaties.load`` made; ``conn`` is the administrator's."""
    await conn.execute("set session_replication_role = replica")
    for statement in (WACHTEND, BERICHTEN, VOORGELEGD, TE_BESLISSEN, FACTUUR, FACTUURREGELS):
        await conn.execute(statement, timeout=3600)
    await conn.execute("drop table wachtend; reset session_replication_role")
    for table in ("bericht", "handmatig_declaratie", "handmatig_regel", "verzamelfactuur", "verzamelregel"):
        await conn.execute(f"vacuum (analyze) declaratie.{table}", timeout=3600)
