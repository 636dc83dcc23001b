"""Minor units of currencies (ISO 4217): how many decimals a price has."""

from decimal import ROUND_HALF_UP, Decimal

_DECIMALS = {
    **dict.fromkeys(
        ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}


def decimals(currency: str) -> int:
    """Return how many decimals prices in `currency` have; 2 for most."""
    return _DECIMALS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Return `amount` of major units as a whole number of minor units, half rounded up."""
    scaled = amount.scaleb(decimals(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_major(price_minor: int, currency: str) -> float:
    """Return the price in major units; the nearest float, so equal to the written decimal."""
    return float(price_minor / 10 ** decimals(currency))
