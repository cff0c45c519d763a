"""The result area that a product is for (Stappenplan): read from its code. Pure."""

import re

PATROON = "^[0-9]{2}[1-9][A-Z][1-9]$"
"""A product code of the regional catalogue: categorie, result area and intensity (``022A3``)."""
_CODE = re.compile(PATROON)


def gebied_van(categorie: str | None, code: str | None) -> str | None:
    """``2A`` of ``022A3``; of any other code, and of care without a code, the categorie."""
    return code[2:4] if code is not None and _CODE.fullmatch(code) else categorie
