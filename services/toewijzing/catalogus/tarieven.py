"""What result areas and products cost: entered per region or gemeente, for a time, as JSON or CSV."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from sqlalchemy import func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.catalogus.profiel import Profiel
from services.toewijzing.domain.dagen import overlapping
from services.toewijzing.invoer import validated
from services.toewijzing.tables import CATALOGUS_TARIEF
from shared.exchange.fouten import MOST_FAULTS
from shared.problems import BotsingError, Fout


class TariefModel(BaseModel):
    """Wat een intensiteit van een resultaatgebied per vier weken kost, of een product per eenheid; ``tarief`` in
    centen."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    regio: str = Field(pattern=r"^[a-z0-9-]{1,64}$", examples=["hart-van-brabant"])
    gemeente: str | None = Field(None, pattern=r"^[0-9]{4}$", description="leeg: voor de hele regio")
    code: str = Field(pattern=r"^[0-9A-Za-z_]{1,40}$", description="resultaatgebied of product", examples=["2A"])
    intensiteit: int = Field(0, ge=0, le=9, description="1 is +; 0 bij een product", examples=[3])
    tarief: int = Field(ge=0, le=99_999_999, description="centen per vier weken, bij een product per eenheid")
    geldig_van: date
    geldig_tot: date | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "TariefModel":
        if self.geldig_tot is not None and self.geldig_tot < self.geldig_van:
            raise PydanticCustomError("eigen", "geldigTot ligt voor geldigVan")
        return self

    @property
    def waarvoor(self) -> tuple[str, str | None, str, int]:
        """What it is the price of."""
        return self.regio, self.gemeente, self.code, self.intensiteit


_LIST = TypeAdapter(list[TariefModel])


def parse_tarieven(document: Any) -> list[TariefModel]:
    """One price or a list; every fault is named with its place."""
    return validated(_LIST, document, "tarieven")


def outside(tarieven: Iterable[TariefModel], profielen: Sequence[Profiel]) -> list[Fout]:
    """Prices of what no version of their region's catalogue has."""
    known = {
        (profiel.regio, gebied.code, band.intensiteit)
        for profiel in profielen
        for gebied in profiel.gebieden
        for band in gebied.banden
    } | {(profiel.regio, one.code, 0) for profiel in profielen for one in profiel.voorzieningen}
    return [
        Fout(f"/{number}", f"{one.code} met intensiteit {one.intensiteit} staat niet in de catalogus van {one.regio}")
        for number, one in enumerate(tarieven)
        if (one.regio, one.code, one.intensiteit) not in known
    ][:MOST_FAULTS]


async def add_tarieven(conn: AsyncConnection, tarieven: Sequence[TariefModel]) -> None:
    """Adds prices; BotsingError when one overlaps another. All or nothing."""
    # One who adds prices to a region waits for the other, so two at once cannot both find no overlap.
    for regio in sorted({one.regio for one in tarieven}):
        await conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"catalogus_tarief:{regio}", 0))))
    known = await _read(conn, {one.regio for one in tarieven})
    if overlaps := overlapping(known, tarieven):
        fouten = [Fout(f"/{n}", f"{tarieven[n].code} overlapt een bestaand tarief") for n in overlaps]
        raise BotsingError("Een tarief overlapt een bestaand tarief in de tijd", fouten[:MOST_FAULTS])
    await conn.execute(
        insert(CATALOGUS_TARIEF),
        [{**one.model_dump(exclude={"tarief"}), "cents": one.tarief} for one in tarieven],
    )


async def list_tarieven(conn: AsyncConnection, regio: str, gemeente: str | None) -> list[TariefModel]:
    """The prices of a region, and of this gemeente in it."""
    return [one for one in await _read(conn, {regio}) if one.gemeente in (None, gemeente)]


async def _read(conn: AsyncConnection, regios: Collection[str]) -> list[TariefModel]:
    table = CATALOGUS_TARIEF.c
    order = (table.regio, table.code, table.intensiteit, func.coalesce(table.gemeente, ""), table.geldig_van)
    statement = select(CATALOGUS_TARIEF).where(table.regio.in_(regios)).order_by(*order)
    return [_model(row) for row in await conn.execute(statement)]


def _model(row: Any) -> TariefModel:
    return TariefModel(
        regio=row.regio,
        gemeente=row.gemeente,
        code=row.code,
        intensiteit=row.intensiteit,
        tarief=row.cents,
        geldig_van=row.geldig_van,
        geldig_tot=row.geldig_tot,
    )


@dataclass(frozen=True)
class Prijslijst:
    """The prices that hold for one gemeente on one day: its own go before the region's."""

    cents: dict[tuple[str, int], int]

    def van(self, code: str, intensiteit: int = 0) -> int | None:
        """Cents per four weeks, or of a product per unit; None where nothing was entered."""
        return self.cents.get((code, intensiteit))


async def prijslijst(conn: AsyncConnection, regio: str, gemeente: str | None, dag: date) -> Prijslijst:
    """Reads the prices of a day in one query."""
    table = CATALOGUS_TARIEF.c
    statement = (
        select(table.code, table.intensiteit, table.cents)
        .where(
            table.regio == regio,
            or_(table.gemeente.is_(None), table.gemeente == gemeente),
            table.geldig_van <= dag,
            or_(table.geldig_tot.is_(None), table.geldig_tot >= dag),
        )
        .order_by(table.gemeente.is_not(None))
    )
    return Prijslijst({(row.code, row.intensiteit): row.cents for row in await conn.execute(statement)})
