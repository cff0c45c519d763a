"""Products and their contract tariffs: what a gemeente enters, one by one, as a list or as CSV."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, insert, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from services.toewijzing.domain.dagen import overlapping
from services.toewijzing.events import product_event, read_products
from services.toewijzing.invoer import validated
from services.toewijzing.tables import KAFKA, PRODUCT, TOEWIJZING, VERSIE
from shared.exchange.fouten import MOST_FAULTS
from shared.feiten.product import sleutel
from shared.iwmo.waarden import EURO
from shared.kafka import outbox, topics
from shared.kafka.versies import next_versions
from shared.problems import BotsingError, Fout


class ProductModel(BaseModel):
    """Een product met zijn contracttarief. ``tarief`` is in centen per eenheid, en ontbreekt als de eenheid euro
    (83) is."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    gemeente: str = Field(pattern=r"^[0-9]{4}$")
    aanbieder: str | None = Field(None, pattern=r"^[0-9]{8}$", description="leeg: voor elke aanbieder")
    product_code: str = Field(pattern=r"^[!-9;-~]{1,5}$")
    categorie: str = Field(pattern=r"^[0-9]{2}$")
    eenheid: Literal["01", "04", "14", "16", "82", "83", "84"]
    tarief: int | None = Field(None, ge=0, le=99_999_999)
    variant: Literal["inspanningsgericht", "outputgericht", "taakgericht"]
    geldig_van: date
    geldig_tot: date | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "ProductModel":
        if (self.tarief is None) != (self.eenheid == EURO):
            raise PydanticCustomError("eigen", "tarief is leeg bij eenheid 83 (euro), en anders verplicht")
        if self.geldig_tot is not None and self.geldig_tot < self.geldig_van:
            raise PydanticCustomError("eigen", "geldigTot ligt voor geldigVan")
        return self

    @property
    def waarvoor(self) -> tuple[str, str, str | None]:
        """The product, of whom, for whom."""
        return self.gemeente, self.product_code, self.aanbieder


_LIST = TypeAdapter(list[ProductModel])
_OTHER = PRODUCT.alias()


def parse_products(document: Any) -> list[ProductModel]:
    """One product or a list; every fault is named with its place."""
    return validated(_LIST, document, "producten")


async def add_products(conn: AsyncConnection, products: Sequence[ProductModel]) -> None:
    """Adds contracts and tells of them; BotsingError when one overlaps another. All or nothing."""
    keys = {(product.gemeente, product.product_code) for product in products}
    # The versions lock the products first, so two who add at once cannot both find no overlap.
    versies = await next_versions(conn, VERSIE, topics.PRODUCT, [sleutel(*key) for key in keys])
    known = [
        ProductModel(**{name: getattr(row, name) for name in ProductModel.model_fields})
        for row in await conn.execute(select(PRODUCT).where(PRODUCT.c.gemeente.in_({gemeente for gemeente, _ in keys})))
    ]
    if overlaps := overlapping(known, products):
        fouten = [Fout(f"/{n}", f"{products[n].product_code} overlapt een bestaand product") for n in overlaps]
        raise BotsingError("Een product overlapt een bestaand product in de tijd", fouten[:MOST_FAULTS])
    await conn.execute(insert(PRODUCT), [product.model_dump() for product in products])
    for gemeente in sorted({gemeente for gemeente, _ in keys}):
        current = await read_products(conn, gemeente)
        await outbox.add(
            conn,
            KAFKA,
            [product_event(*key, current[key], versies[sleutel(*key)]) for key in sorted(keys) if key[0] == gemeente],
        )


async def list_products(
    conn: AsyncConnection, gemeenten: Sequence[str], aanbieders: Sequence[str], after: int | None, limit: int
) -> list[tuple[int, ProductModel]]:
    """What a gemeente entered, or what holds for an aanbieder, each with its place, in the order of entering.

    Tariffs for everyone (without aanbieder) are shown to who has to do with the gemeente: a tariff of his own there, or
    a toewijzing. What a gemeente pays is no affair of others, who may well be competitors.
    """
    mine: ColumnElement[bool] = PRODUCT.c.gemeente.in_(gemeenten)
    if aanbieders:
        own = select(_OTHER.c.gemeente).where(_OTHER.c.aanbieder.in_(aanbieders))
        given = select(TOEWIJZING.c.gemeente).where(TOEWIJZING.c.aanbieder.in_(aanbieders))
        related = PRODUCT.c.gemeente.in_(union(own, given))
        mine = mine | PRODUCT.c.aanbieder.in_(aanbieders) | (PRODUCT.c.aanbieder.is_(None) & related)
    statement = select(PRODUCT).where(mine).order_by(PRODUCT.c.id).limit(limit)
    if after is not None:
        statement = statement.where(PRODUCT.c.id > after)
    return [
        (row.id, ProductModel(**{name: getattr(row, name) for name in ProductModel.model_fields}))
        for row in await conn.execute(statement)
    ]
