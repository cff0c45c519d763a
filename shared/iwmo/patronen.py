"""The patterns of XML Schema in the words of ECMAScript, as JSON Schema wants them."""

import re

_PIECE = re.compile(r"\\.|.", re.DOTALL)
_SAME = frozenset("nrt\\|.?*+(){}[]^")
_SPACE = r" \t\n\r"
"""What XML Schema means by white space; an ECMA regex means more."""


def as_ecma(pattern: str) -> str | None:
    """A pattern of XML Schema as a regex that means the same in ECMAScript; None where there is none this simple."""
    made: list[str] = []
    in_class = False
    for piece in _PIECE.findall(pattern):
        if in_class and piece == "[":  # a class less another class
            return None
        one = _escaped(piece, in_class) if piece[0] == "\\" else _plain(piece, in_class)
        if one is None:
            return None
        made.append(one)
        in_class = piece == "[" or (in_class and piece != "]")
    return "".join(made)


def _escaped(piece: str, in_class: bool) -> str | None:
    if piece == r"\s":
        return _SPACE if in_class else f"[{_SPACE}]"
    if piece == r"\S":
        return None if in_class else f"[^{_SPACE}]"
    if piece == r"\-":
        return piece if in_class else "-"
    return piece if piece[1:] in _SAME else None


def _plain(piece: str, in_class: bool) -> str:
    if in_class:
        return piece
    return {".": r"[^\n\r]", "^": r"\^", "$": r"\$"}.get(piece, piece)
