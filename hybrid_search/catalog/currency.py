"""Minor units of currencies (ISO 4217): how many decimals a price has."""

from decimal import ROUND_HALF_UP, Decimal

_CURRENCIES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS = {code: number for number, codes in _CURRENCIES.items() for code in codes.split()}


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
