"""How numbers and foreign texts are written: the same in figures, status lines, receipts and the page."""

from __future__ import annotations

import math
import re

__all__ = ["exact_rate", "format_duration", "format_rate", "one_line", "rounded"]

_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e4
# Control characters and what XML cannot hold (a picture is made from it); halves of surrogate pairs, which
# no message to the page can carry.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Marks that turn the direction of the writing: what comes after them would be read backwards.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def format_rate(lr: float, digits: int = 3) -> str:
    """Write a learning rate with ``digits`` significant digits.

    Rates in [0.001, 10000) are written plainly, all others with an exponent. The page's read-out
    follows the same rule, so a rate looks the same wherever it stands.

    >>> format_rate(0.0423), format_rate(4.2e-05), format_rate(0.0), format_rate(10.0)
    ('0.0423', '4.2e-5', '0', '10')
    """
    if lr == 0 or not math.isfinite(lr):
        return f"{lr:g}"
    mantissa, _, exponent = f"{lr:.{digits - 1}e}".partition("e")
    rounded = float(f"{mantissa}e{exponent}")
    if _PLAIN_FROM <= abs(rounded) < _PLAIN_BELOW:
        places = max(digits - 1 - int(exponent), 0)
        text = f"{rounded:.{places}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def exact_rate(lr: float) -> str:
    """Write a rate that was chosen: as it is, where six significant digits say it, else to six.

    >>> exact_rate(0.0935), exact_rate(0.03125), exact_rate(1 / 3)
    ('0.0935', '0.03125', '0.333333')
    """
    return format_rate(lr, 6)


def rounded(lr: float, digits: int) -> float:
    """Return the nearest number with so many significant digits; what is not finite as it is.

    >>> rounded(0.00117135, 3)
    0.00117
    """
    return float(f"{lr:.{digits - 1}e}")


def format_duration(seconds: float) -> str:
    """Write a duration in seconds as people say it: ``0.8 s``, ``42 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def one_line(text: str, longest: int) -> str:
    """Write a text that is not ours on one line of at most ``longest`` characters, for people to read.

    White space of any kind becomes a space, and what cannot be written a replacement character; marks that
    only turn the direction of the writing are left out.
    """
    # A text of megabytes is not gone through.
    words = " ".join(text[: 8 * longest].split())
    line = _UNWRITABLE.sub("\ufffd", _TURNING.sub("", words))
    cut = len(line) > longest or len(text) > 8 * longest
    return f"{line[: longest - 1]}…" if cut else line
