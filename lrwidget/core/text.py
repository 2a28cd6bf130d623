"""How numbers are written for people: the same in figures, status lines, receipts and the page."""

from __future__ import annotations

import math

__all__ = ["format_duration", "format_rate"]

_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e4


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
