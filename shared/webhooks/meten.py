"""The figures of webhooks, of all parties together."""

from shared.exchange.huis import Huis
from shared.namens import intern
from shared.webhooks import opslag


async def meet(huis: Huis) -> None:
    """Sets them anew."""
    with intern():
        async with huis.engine.connect() as conn:
            resting, waiting, given_up = await opslag.count(conn, huis.tables)
    for meter, number in (
        (huis.meters.webhooks_rust, resting),
        (huis.meters.webhooks_wachtend, waiting),
        (huis.meters.webhooks_opgegeven, given_up),
    ):
        meter.labels(huis.service).set(number)
