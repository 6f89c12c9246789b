"""Quantities as a person reads them."""

NAMES = {
    "rows": "rows",
    "rollouts": "rollouts",
    "prompt_tokens": "tokens in",
    "completion_tokens": "tokens out",
    "cpu_seconds": "CPU time",
    "gpu_seconds": "GPU time",
    "wall_seconds": "wall time",
    "bytes": "storage",
    "money": "money",
}

_TIMES = ((86400.0 * 2, 86400.0, "days"), (5400.0, 3600.0, "h"), (120.0, 60.0, "min"), (0.0, 1.0, "s"))
_BYTES = ((1e12, 1e12, "TB"), (1e9, 1e9, "GB"), (1e6, 1e6, "MB"), (0.0, 1e3, "kB"))


def shown(quantity: str, value: float) -> str:
    """A value of one of `prices.QUANTITIES`, with its unit.

    >>> shown("wall_seconds", 5400.0), shown("bytes", 1.5e9), shown("rows", 1234.4), shown("money", 0.000512)
    ('1.5 h', '1.5 GB', '1,234', '0.00051')
    """
    if quantity.endswith("_seconds"):
        return _scaled(value, _TIMES)
    if quantity == "bytes":
        return _scaled(value, _BYTES)
    return _money(value) if quantity == "money" else f"{value:,.0f}"


def _money(value: float) -> str:
    if value >= 1 or value == 0:
        return f"{value:,.2f}"
    return f"{value:.2g}" if value >= 1e-4 else "≈ 0"


def _scaled(value: float, units: tuple[tuple[float, float, str], ...]) -> str:
    _, scale, unit = next(each for each in units if value >= each[0] or each[0] == 0.0)
    scaled = value / scale
    return f"{scaled:,.0f} {unit}" if scaled >= 100 else f"{scaled:.3g} {unit}"
