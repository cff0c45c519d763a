"""What of a case an aanbieder is told beside what was shared with him."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.toewijzing.dossier.domain.zaak import Wie, Zaak
from services.toewijzing.dossier.opslag import Bewaard
from services.toewijzing.dossier.weergave import kop, toon
from tests.toewijzing.dossier.opzet import AANBIEDER, NU, doe, gekozen, keuze, plan

VORIG = uuid4()


def seen(zaak: Zaak, wie: Wie) -> dict[str, Any]:
    kept = Bewaard(replace(zaak, id=str(UUID(int=1))), 1, "client-a", VORIG, NU.date())
    return toon(kept, wie).model_dump(mode="json", by_alias=True)


def test_why_there_is_a_next_round_is_for_who_gave_the_support_until_then() -> None:
    running = replace(gekozen("2A"), fase="toegewezen")
    begun = doe(running, "vervolg", "aanbieder", aanleiding="wijziging", toelichting="hij wil weg bij mij")
    planned = doe(begun, "plan-van-aanpak", gebieden=plan("2A"))
    other = doe(planned, "aanbieder", **keuze("2A", aanbieder="11111111"))

    assert seen(begun, "aanbieder")["inhoud"]["aanleiding"]["door"] == "aanbieder"
    assert "aanleiding" in seen(other, "gemeente")["inhoud"]
    assert set(seen(other, "aanbieder")["inhoud"]) == {"opdracht"}


@pytest.mark.parametrize(("wie", "expected"), [("gemeente", VORIG), ("aanbieder", None)])
def test_the_case_before_it_is_told_to_the_gemeente_alone(wie: Wie, expected: UUID | None) -> None:
    row = SimpleNamespace(
        id=uuid4(), gemeente="0855", aanbieder=AANBIEDER, fase="plan", ronde=1, release=None, versie=1,
        gemeld=NU.date(), gewijzigd=datetime.now(UTC), vorig_id=VORIG,
    )  # fmt: skip
    assert kop(row, wie).vorig_dossier == expected
    assert seen(gekozen("2A"), wie)["vorigDossier"] == (str(expected) if expected else None)
