"""Amounts as the demo shows them."""


def euro(cents: int | None) -> str:
    """Cents in euros, as the Dutch write them; nothing for None."""
    if cents is None:
        return ""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}€ {whole:,}".replace(",", ".") + f",{rest:02}"
