"""Many judged lines at once, made inside the database: a year of them through HTTP would take a day.

One large aanbieder declares 100,000 lines every month at the large gemeente (two fifths of all lines); 250 others
declare 300 lines a month each, one in three of them at that gemeente too. Ten products; one line in 33 refused, one in
a hundred a credit, one in twenty over a broken month. What they declare of 2022 are WMO303Ds, the rest WMO323s; all of
it is answered and nothing is paid. Nothing is random: every run has the same lines.
"""

import asyncpg

from bench.gegevens import GEMEENTE

GROOT = "11000001"
"""The large aanbieder."""
KLEIN = 250
"""How many others there are."""
REGELS_GROOT, REGELS_KLEIN = 100_000, 300
MAANDEN = 48
EINDE_24 = "2023-01-01"
"""Before that day is declared in release 2.4."""

PLAN = f"""
create temporary table plan as
select row_number() over (order by maand, aanbieder) as id, gen_random_uuid() as bericht_id,
       maand < '{EINDE_24}' as oud, *
from (
    select '{GEMEENTE}' as gemeente, '{GROOT}' as aanbieder, date '2022-01-01' + (n % {MAANDEN}) * interval '1 month'
           as maand, n as reeks, {REGELS_GROOT} as regels, 1000000 as eerste
    from generate_series(0, $1::int - 1) as n
    union all
    select case when n % {KLEIN} % 3 = 0 then '{GEMEENTE}' else (1000 + n % {KLEIN} % 20)::text end,
           (12000000 + n % {KLEIN})::text, date '2022-01-01' + (n / {KLEIN} % {MAANDEN}) * interval '1 month',
           n, {REGELS_KLEIN}, 2000000 + n % {KLEIN} * {REGELS_KLEIN}
    from generate_series(0, $2::int - 1) as n
) as gemaakt
"""  # noqa: S608 - constants of ours
BERICHTEN = """
insert into declaratie.bericht (id, bericht, release, berichtcode, afzender, ontvanger, partij_van, partij_naar,
                                identificatie, dagtekening, status, grootte, ontvangen, verwerkt)
select bericht_id, case when oud then 'WMO303D' else 'WMO323' end, case when oud then '2.4' else '3.2' end,
       case when oud then '416' else '484' end, aanbieder, gemeente, 'agb:' || aanbieder, 'gemeente:' || gemeente,
       'V' || id, maand::date, 'verwerkt', 0, maand, maand
from plan order by id
"""
ANTWOORDEN = """
insert into declaratie.bericht (id, bericht, release, berichtcode, afzender, ontvanger, partij_van, partij_naar,
                                identificatie, dagtekening, heen_id, status, grootte, ontvangen, verwerkt)
select gen_random_uuid(), case when oud then 'WMO304D' else 'WMO325' end, case when oud then '2.4' else '3.2' end,
       case when oud then '417' else '485' end, gemeente, aanbieder, 'gemeente:' || gemeente, 'agb:' || aanbieder,
       'A' || id, maand::date, bericht_id, 'verwerkt', 0, maand, maand
from plan order by id
"""
PRESTATIES = """
insert into declaratie.prestatie (bericht_id, gemeente, aanbieder, client, referentie, toewijzing_nummer, categorie,
                                  code, begindatum, einddatum, volume, eenheid, tarief, bedrag, credit, toegekend,
                                  dubbel, retourcodes)
select bericht_id, gemeente, aanbieder, md5((eerste + n / 4)::text), id || 'R' || n, eerste + n, '01',
       '01A0' || n % 10, maand::date + case when n % 20 = 0 then n % 28 else 0 end,
       (maand + interval '1 month - 1 day')::date, 13, '04', 3100, 40300, n % 100 = 1, n % 33 > 0, false,
       case when n % 33 > 0 then '{}'::text[] when n % 330 = 0 then '{9321,0611}' else array['93' || 10 + n % 7] end
from plan cross join lateral generate_series(0, regels - 1) as n order by id, n
"""
TOEWIJZINGEN = """
insert into declaratie.toewijzing (gemeente, nummer, aanbieder, client, categorie, code, ingangsdatum, moment, volume,
                                   eenheid, frequentie, versie)
select distinct on (gemeente, eerste + n) gemeente, eerste + n, aanbieder, md5((eerste + n / 4)::text), '01',
       '01A0' || n % 10, date '2022-01-01', timestamp '2021-12-01 09:30', 3, '04', '2', 1
from plan cross join lateral generate_series(0, regels - 1) as n
"""
DECLARATIES = """
insert into declaratie.declaratie (bericht_id, soort, release, gemeente, aanbieder, nummer, begindatum, einddatum,
                                   dagtekening, ingediend, toegekend, regels, regels_toegekend)
select bericht_id, case when oud then 'WMO303D' else 'WMO323' end, case when oud then '2.4' else '3.2' end,
       plan.gemeente, plan.aanbieder, 'D' || plan.id, maand::date,
       (maand + interval '1 month - 1 day')::date, maand::date,
       sum(bedrag * case when credit then -1 else 1 end),
       coalesce(sum(bedrag * case when credit then -1 else 1 end) filter (where toegekend), 0),
       count(*), count(*) filter (where toegekend)
from declaratie.prestatie join plan using (bericht_id)
group by bericht_id, plan.id, plan.gemeente, plan.aanbieder, maand, oud order by plan.id
"""
TELLINGEN = """
insert into declaratie.telling (declaratie_id, gemeente, aanbieder, categorie, code, begindatum, einddatum, credit,
                                toegekend, retourcodes, regels, bedrag)
select d.id, p.gemeente, p.aanbieder, p.categorie, p.code, p.begindatum, p.einddatum, p.credit, p.toegekend,
       p.retourcodes, count(*), sum(p.bedrag)
from declaratie.prestatie as p join declaratie.declaratie as d using (bericht_id)
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 order by 1
"""
VERBRUIK = """
insert into declaratie.verbruik (toewijzing_nummer, gemeente, aanbieder, eenheid, volume, bedrag)
select toewijzing_nummer, gemeente, aanbieder, eenheid, sum(volume * case when credit then -1 else 1 end),
       sum(bedrag * case when credit then -1 else 1 end)
from declaratie.prestatie where toegekend group by 1, 2, 3, 4
"""
"""Both as the triggers of the service do; they are off meanwhile."""


async def load(conn: asyncpg.Connection, lines: int) -> None:
    """So many lines, at least 250,000, with what belongs to them; ``conn`` is the administrator's."""
    large = lines * 2 // 5 // REGELS_GROOT
    small = (lines - large * REGELS_GROOT) // REGELS_KLEIN
    # No triggers, foreign keys among them: they would be most of the time.
    await conn.execute("set session_replication_role = replica; set work_mem = '256MB'")
    await conn.execute(PLAN.replace("$1::int", str(large)).replace("$2::int", str(small)))
    for statement in (BERICHTEN, ANTWOORDEN, PRESTATIES, TOEWIJZINGEN, DECLARATIES, TELLINGEN, VERBRUIK):
        await conn.execute(statement, timeout=3600)
    await conn.execute("drop table plan; reset session_replication_role; reset work_mem")
    for table in ("bericht", "prestatie", "toewijzing", "declaratie", "telling", "verbruik"):
        await conn.execute(f"vacuum (analyze) declaratie.{table}", timeout=3600)
