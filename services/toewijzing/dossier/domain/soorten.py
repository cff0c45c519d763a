"""The words that a case uses where only some are allowed. Pure."""

from typing import Literal

Informatie = Literal["telefonische_informatie", "perspectiefplan_gedeeld", "clientondersteuning", "invulhulp"]
"""What the Toegang promises the resident in phase 1."""
Wijze = Literal["telefoon", "mail", "post", "website", "gesprek"]
Zelfredzaamheid = Literal["bijna", "beperkt", "niet"]
Aard = Literal["ondersteuning", "activering", "monitoring"]
IngevuldDoor = Literal["inwoner", "samen", "toegang"]
Document = Literal["perspectiefplan", "aanvraag"]
Ondertekenaar = Literal["inwoner", "vertegenwoordiger"]
GekozenDoor = Literal["inwoner", "netwerk", "toegang"]
Opdrachtsoort = Literal["ondersteuningsplan", "normenkader"]
Besluit = Literal["toegekend", "afgewezen"]
Aanleiding = Literal["wijziging", "verlenging", "evaluatie"]
Sluitreden = Literal["ingetrokken", "geen_maatwerk", "verhuisd", "overleden", "doorverwezen"]
