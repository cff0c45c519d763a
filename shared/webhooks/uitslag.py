"""What an attempt changes: of the message that was told of, and of the subscription.

Both wait longer with each failure, for different reasons. A message waits on its own account: one that the receiver
cannot take does not hold up the others. A subscription waits when its receiver seems to be gone: it fails with one
message after another, and then those are not all tried in turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import DateTime, and_, bindparam, func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.exchange.tables import ExchangeTables
from shared.webhooks.bijwerken import RUST, Beurt
from shared.webhooks.gebeurtenis import Post
from shared.webhooks.terugval import pause
from shared.webhooks.verzender import Uitkomst

Geprobeerd = Sequence[tuple[Post, Uitkomst]]


@dataclass(frozen=True, slots=True)
class Regels:
    """What the operator set, and chance."""

    eerste: timedelta
    lang: timedelta
    """Failing for so long is long enough."""
    kans: Random


@dataclass(frozen=True, slots=True)
class Stand:
    """What becomes of a subscription."""

    mislukt: int
    sinds: datetime | None
    volgende: datetime | None
    rust: bool


def judge(beurt: Beurt, tried: Geprobeerd, nu: datetime, regels: Regels) -> Stand:
    """After attempts that were made together. One that worked shows that the receiver is there."""
    failed = [(post, one) for post, one in tried if not one.bezorgd]
    if len(failed) < len(tried):
        return Stand(0, None, None, rust=False)
    # Failing with what failed before says nothing new about the receiver.
    new = any(post.pogingen == 0 for post, _ in failed)
    mislukt = max(beurt.mislukt + new, 1)
    sinds = beurt.mislukt_sinds or nu
    asked = max((one.wacht for _, one in failed if one.wacht), default=None)
    gone = any(one.soort == "weg" for _, one in failed)
    return Stand(
        mislukt, sinds, nu + pause(mislukt, regels.eerste, regels.kans, asked), rust=gone or nu - sinds > regels.lang
    )


async def write(
    conn: AsyncConnection, tables: ExchangeTables, beurt: Beurt, tried: Geprobeerd, nu: datetime, regels: Regels
) -> Stand:
    """Writes it all down, in the caller's transaction; first of the subscription, as who wakes or ends it does."""
    stand = judge(beurt, tried, nu, regels)
    await _of_subscription(conn, tables, beurt, stand, tried[-1][1], nu)
    z = tables.bezorging
    own = z.c.abonnement_id == beurt.id
    changed = {
        "pogingen": z.c.pogingen + 1,
        "eerste": func.coalesce(z.c.eerste, nu),
        **{name: bindparam(f"nieuw_{name}", type_=DateTime(timezone=True)) for name in _CHANGED},
    }
    # What another told meanwhile, after the lease had ended, stays told.
    changed["bezorgd"] = func.coalesce(z.c.bezorgd, changed["bezorgd"])
    statement = update(z).where(own, z.c.volgnummer == bindparam("van")).values(changed)
    await conn.execute(statement, [_of_post(post, uitkomst, nu, regels) for post, uitkomst in tried])
    if beurt.mislukt_sinds is not None and not stand.mislukt:
        # The receiver is back: what failed because he was gone is due. What failed before that is his to refuse.
        meanwhile = and_(z.c.bezorgd.is_(None), z.c.opgegeven.is_(None), z.c.eerste >= beurt.mislukt_sinds)
        await conn.execute(update(z).where(own, meanwhile).values(volgende=None))
    return stand


_CHANGED = ("bezorgd", "volgende", "opgegeven")


def _of_post(post: Post, uitkomst: Uitkomst, nu: datetime, regels: Regels) -> dict[str, Any]:
    """What is new of one message: that it was told of, or when it is tried again, or that it was given up."""
    found = {"van": post.volgnummer} | dict.fromkeys([f"nieuw_{name}" for name in _CHANGED])
    if uitkomst.bezorgd:
        return found | {"nieuw_bezorgd": nu}
    too_long = post.eerste is not None and nu - post.eerste > regels.lang
    later = nu + pause(post.pogingen + 1, regels.eerste, regels.kans, uitkomst.wacht)
    return found | {"nieuw_volgende": later, "nieuw_opgegeven": nu if too_long else None}


async def _of_subscription(
    conn: AsyncConnection, tables: ExchangeTables, beurt: Beurt, stand: Stand, last: Uitkomst, nu: datetime
) -> None:
    a = tables.abonnement
    values: dict[str, Any] = {
        "mislukt": stand.mislukt,
        "mislukt_sinds": stand.sinds,
        "volgende": stand.volgende,
        "laatste_poging": nu,
        "laatste_uitkomst": last.soort,
        "laatste_status": last.status,
    }
    if not stand.mislukt:
        values["laatst_bezorgd"] = nu
    if stand.rust:
        values["status"] = RUST
    await conn.execute(update(a).where(a.c.id == beurt.id).values(values))
