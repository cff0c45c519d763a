"""The technical rules on WMO305 and WMO307, one function each, in a table per class; and the signs on a stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.startstop.domain import (
    TIJDELIJK,
    VERWIJDEREN,
    Aanlevering,
    Administratie,
    Gemeld,
    Herkomst,
    StartProduct,
    Stop,
    StopProduct,
)
from shared.feiten.categorie import code_outside_categorie
from shared.feiten.product import Contracten
from shared.feiten.toewijzing import Toewijzing
from shared.iwmo.catalogus import Release
from shared.iwmo.regels import Afwijking, Herstel, Tabel, regel
from shared.iwmo.waarden import Periode


@dataclass(frozen=True, slots=True)
class ZorgFeiten:
    """What the rules compare with. ``administratie`` changes as the products of a message are judged in order.

    ``gemeld`` is for what follows from a verdict: all that was ever reported on these toewijzingen, each in order.
    """

    release: Release
    aanbieder: str
    client: str
    administratie: Administratie
    toewijzingen: Mapping[int, Toewijzing]
    contracten: Contracten
    gemeld: Sequence[Gemeld] = ()
    standen: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)
    """Where no lock holds them, by number: epoch and version of the toewijzing, and version of the reports on it."""


@regel(
    "TR019", berichten="WMO305 WMO307", retourcode="9019", klasse="StartProduct StopProduct", bron="TR019", vreemd=True
)
def tr019_toewijzing_exists(product: Aanlevering, feiten: ZorgFeiten) -> Afwijking | None:
    """The number belongs to no accepted toewijzing of this gemeente to this aanbieder for this client, or to one that
    was withdrawn.

    A taakgericht product goes without number.
    """
    if product.status == VERWIJDEREN:
        return None
    start = product.start
    if start.nummer is None:
        if feiten.contracten.taakgericht(start.product.code, feiten.aanbieder, start.begindatum):
            return None
        return Afwijking("ToewijzingNummer ontbreekt, en dit product is niet taakgericht")
    toewijzing = feiten.toewijzingen.get(start.nummer)
    if toewijzing is None:
        return Afwijking(f"Er is geen toewijzing {start.nummer} van deze gemeente", gevonden=str(start.nummer))
    return _not_of_client(toewijzing, feiten)


def _not_of_client(toewijzing: Toewijzing, feiten: ZorgFeiten) -> Afwijking | None:
    shown = str(toewijzing.nummer)
    if (toewijzing.aanbieder, toewijzing.client) != (feiten.aanbieder, feiten.client):
        # The message that brought it may be between others: its id is not told.
        return Afwijking(f"Toewijzing {shown} is er niet voor deze client bij deze aanbieder", gevonden=shown)
    if not toewijzing.vervallen:
        return None
    return Afwijking(f"Toewijzing {shown} is vervallen", gevonden=shown, botst_met_toewijzing=toewijzing.bericht_id)


@regel("TR063", berichten="WMO305 WMO307", retourcode="9063", klasse="StartProduct StopProduct", bron="TR063")
def tr063_deletion_has_a_target(product: Aanlevering, feiten: ZorgFeiten) -> Afwijking | None:
    """What is taken back was never delivered under this key, or was taken back already."""
    if product.status != VERWIJDEREN or feiten.administratie.herkomst(product) is not None:
        return None
    return Afwijking(f"Er is geen eerdere aanlevering {_key(product)} om te verwijderen", gevonden=_key_values(product))


@regel("TR071", berichten="WMO305", retourcode="9071", klasse="StartProduct", bron="TR071")
def tr071_deleted_start_has_no_stop(product: StartProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """A start is taken back on which a stop holds; a temporary stop counts too."""
    if product.status != VERWIJDEREN:
        return None
    stops = feiten.administratie.stops_on(product.start)
    if not stops:
        return None
    herkomst = feiten.administratie.stops[stops[-1]]
    return _clash(herkomst, "Op deze start staat nog een stop; verwijder die eerst", _shown(stops[-1]))


@regel("TR074", berichten="WMO305 WMO307", retourcode="9074", klasse="StartProduct StopProduct", bron="TR074")
def tr074_key_is_new(product: Aanlevering, feiten: ZorgFeiten) -> Afwijking | None:
    """The same key was delivered before and still holds."""
    herkomst = feiten.administratie.herkomst(product)
    if product.status == VERWIJDEREN or herkomst is None:
        return None
    return _clash(herkomst, f"Een aanlevering {_key(product)} staat er al en is niet verwijderd", _key_values(product))


def _key(product: Aanlevering) -> str:
    """What makes two deliveries the same (IV008)."""
    fields = "ToewijzingNummer, Product en Begindatum"
    if isinstance(product, StopProduct):
        fields = "ToewijzingNummer, Product, Begindatum, RedenBeeindiging en Einddatum"
    return f"met dezelfde {fields}"


def _key_values(product: Aanlevering) -> str:
    start = product.start
    parts = [str(start.nummer or "-"), str(start.product), start.begindatum.isoformat()]
    if isinstance(product, StopProduct):
        parts += [product.stop.reden, product.stop.einddatum.isoformat()]
    return ", ".join(parts)


@regel("TR326", berichten="WMO305", retourcode="9326", klasse="StartProduct", bron="TR326")
def tr326_no_start_while_one_is_open(product: StartProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """A start of this toewijzing and product has no stop on it yet; without number, one of this product."""
    if product.status == VERWIJDEREN:
        return None
    other = feiten.administratie.open_start(product.start.nummer, product.start.product)
    if other is None:
        return None
    return _clash(
        feiten.administratie.starts[other],
        "Voor deze toewijzing loopt al een start zonder stop",
        product.start.begindatum.isoformat(),
        f"eerst een stop op de start van {other.begindatum.isoformat()}",
    )


@regel(
    "TR381",
    berichten="WMO305 WMO307",
    retourcode="S329",
    klasse="StartProduct StopProduct",
    niveau=4,
    bron="TR381",
    vreemd=True,
)
def tr381_code_is_of_its_categorie(product: Aanlevering, feiten: ZorgFeiten) -> Afwijking | None:
    """The product code does not stand under this Categorie in the list that holds between the parties."""
    if product.status == VERWIJDEREN:
        return None
    einddatum = product.stop.einddatum if isinstance(product, StopProduct) else None
    periode = Periode(product.start.begindatum, einddatum)
    found = code_outside_categorie(product.start.product, feiten.aanbieder, periode, feiten.contracten, feiten.release)
    if found is None or not found.herstel or _fits_in(product, found.herstel[0].waarde, feiten):
        return found
    return replace(found, herstel=())


def _fits_in(product: Aanlevering, categorie: str | None, feiten: ZorgFeiten) -> bool:
    """Whether what is delivered would break no rule on its key under this categorie: a stop is on a start that has the
    same, right or wrong."""
    start = replace(product.start, product=replace(product.start.product, categorie=categorie))
    if isinstance(product, StartProduct):
        begun = replace(product, start=start)
        return tr074_key_is_new(begun, feiten) is None and tr326_no_start_while_one_is_open(begun, feiten) is None
    stopped = replace(product, stop=replace(product.stop, start=start))
    return start in feiten.administratie.starts and _may_stop(stopped, feiten)


@regel("TR413", berichten="WMO307", retourcode="9413", klasse="StopProduct", bron="TR413")
def tr413_stopped_temporarily_once(product: StopProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """A temporary stop where one holds already on this toewijzing and Begindatum."""
    if product.status == VERWIJDEREN or product.stop.reden != TIJDELIJK:
        return None
    others = [stop for stop in feiten.administratie.stops_from(product.start) if stop.reden == TIJDELIJK]
    if not others:
        return None
    return _clash(feiten.administratie.stops[others[-1]], "Deze levering is al tijdelijk gestopt", _shown(others[-1]))


@regel("TR414", berichten="WMO307", retourcode="9414", klasse="StopProduct", bron="TR414")
def tr414_not_before_an_earlier_stop(product: StopProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """Einddatum lies before that of a stop that holds on this toewijzing and Begindatum; the same day is fine."""
    if product.status == VERWIJDEREN:
        return None
    others = feiten.administratie.stops_from(product.start)
    latest = max(others, key=lambda stop: stop.einddatum, default=None)
    if latest is None or product.stop.einddatum >= latest.einddatum:
        return None
    return _clash(
        feiten.administratie.stops[latest],
        "De Einddatum ligt voor die van een eerdere stop op deze start",
        product.stop.einddatum.isoformat(),
        f"vanaf {latest.einddatum.isoformat()}",
    )


@regel("TR415", berichten="WMO307", retourcode="9415", klasse="StopProduct", bron="TR415")
def tr415_not_after_a_definitive_stop(product: StopProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """A stop, temporary or not, where a definitive one holds already on this toewijzing and Begindatum."""
    if product.status == VERWIJDEREN:
        return None
    others = [stop for stop in feiten.administratie.stops_from(product.start) if stop.reden != TIJDELIJK]
    if not others:
        return None
    return _clash(feiten.administratie.stops[others[-1]], "Deze levering is al definitief gestopt", _shown(others[-1]))


@regel("TR382", berichten="WMO307", retourcode="9069", klasse="StopProduct", bron="TR382")
def tr382_stop_has_a_start(product: StopProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """There is no start with this toewijzing, product and Begindatum to stop; stopped temporarily, it still is one."""
    start = product.start
    if product.status == VERWIJDEREN or start in feiten.administratie.starts:
        return None
    others = feiten.administratie.starts_of(start.nummer, start.product)
    fitting = [
        other for other in others if _may_stop(replace(product, stop=replace(product.stop, start=other)), feiten)
    ]
    only = fitting[0].begindatum.isoformat() if len(fitting) == 1 else None
    return Afwijking(
        "Er is geen start met deze toewijzing, dit product en deze Begindatum",
        gevonden=start.begindatum.isoformat(),
        verwacht=", ".join(sorted(other.begindatum.isoformat() for other in others)) or None,
        herstel=(Herstel("Begindatum", only),) if only else (),
    )


def _may_stop(product: StopProduct, feiten: ZorgFeiten) -> bool:
    """Whether this stop, on a start that holds, breaks no rule."""
    rules = (
        tr074_key_is_new,
        tr413_stopped_temporarily_once,
        tr414_not_before_an_earlier_stop,
        tr415_not_after_a_definitive_stop,
    )
    in_time = product.start.begindatum <= product.stop.einddatum
    return in_time and all(rule(product, feiten) is None for rule in rules)


def _clash(herkomst: Herkomst, omschrijving: str, gevonden: str, verwacht: str | None = None) -> Afwijking:
    """What is told of a clash with a start or stop that came from there."""
    return Afwijking(omschrijving, gevonden, verwacht, botst_met=herkomst.bericht_id, botst_met_plek=herkomst.plek)


def _shown(stop: Stop) -> str:
    return f"stop met reden {stop.reden} op {stop.einddatum.isoformat()}"


@regel("OP155", berichten="WMO307", retourcode="", klasse="StopProduct", niveau=0, bron="OP155")
def op155_stop_is_on_the_latest_start(product: StopProduct, feiten: ZorgFeiten) -> Afwijking | None:
    """A stop names another start than the one that was reported last on this toewijzing and product."""
    starts = feiten.administratie.starts_of(product.start.nummer, product.start.product)
    if product.status == VERWIJDEREN or product.start not in starts or product.start == starts[-1]:
        return None
    return _clash(
        feiten.administratie.starts[starts[-1]],
        "De stop verwijst niet naar de laatst gemelde start van deze levering",
        product.start.begindatum.isoformat(),
        starts[-1].begindatum.isoformat(),
    )


STARTPRODUCT_REGELS: Tabel[StartProduct, ZorgFeiten] = Tabel(
    (
        tr019_toewijzing_exists,
        tr063_deletion_has_a_target,
        tr071_deleted_start_has_no_stop,
        tr074_key_is_new,
        tr326_no_start_while_one_is_open,
        tr381_code_is_of_its_categorie,
    )
)
STOPPRODUCT_REGELS: Tabel[StopProduct, ZorgFeiten] = Tabel(
    (
        tr019_toewijzing_exists,
        tr063_deletion_has_a_target,
        tr074_key_is_new,
        tr382_stop_has_a_start,
        tr413_stopped_temporarily_once,
        tr414_not_before_an_earlier_stop,
        tr415_not_after_a_definitive_stop,
        tr381_code_is_of_its_categorie,
    )
)
STOPPRODUCT_SIGNALEN: Tabel[StopProduct, ZorgFeiten] = Tabel((op155_stop_is_on_the_latest_start,))
