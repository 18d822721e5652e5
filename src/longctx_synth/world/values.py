"""Typed values: drawn at random, written in the document's style, with every form that an answer may give them.

`Style` is a document's habits (how it writes money, dates and percentages). `draw` gives a `Value`: the text that
stands in the document, the accepted `forms`, and `rank`, a number that orders values of one attribute. Figures are
never round, so that a guess does not hit; counts and durations are at least 2, so that nouns stay plural.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from longctx_synth.world.countries import Country
from longctx_synth.world.names import NamePool

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
# Where CLDR's sign is not what an English text of the country uses: most have none of their own there but a code.
SIGNS = {
    "CNY": "¥",
    "DOP": "RD$",
    "FJD": "$",
    "JMD": "J$",
    "NAD": "N$",
    "NGN": "₦",
    "TRY": "₺",
    "TTD": "TT$",
    "VND": "VND",
}
# Where CLDR's English plural ("nairas", "colóns", "Turkish Lira") is not the usual one.
NAMES = {
    "ALL": "Albanian lek",
    "AMD": "Armenian drams",
    "BDT": "Bangladeshi taka",
    "BRL": "Brazilian reais",
    "BWP": "Botswanan pula",
    "CRC": "Costa Rican colones",
    "ETB": "Ethiopian birr",
    "GEL": "Georgian lari",
    "GTQ": "Guatemalan quetzales",
    "IDR": "Indonesian rupiah",
    "MGA": "Malagasy ariary",
    "MYR": "Malaysian ringgit",
    "MZN": "Mozambican meticais",
    "NGN": "Nigerian naira",
    "PYG": "Paraguayan guaraníes",
    "TRY": "Turkish lira",
    "UAH": "Ukrainian hryvnias",
    "ZMW": "Zambian kwacha",
}


@dataclass(frozen=True, slots=True)
class Value:
    """text: as the document writes it. rank: orders values of one attribute. day: for dates."""

    text: str
    forms: tuple[str, ...]
    rank: float
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How one document writes its figures."""

    country: Country
    money: str  # "code", "symbol" or "name"
    cents: bool
    percent: str

    @classmethod
    def sample(cls, rng: Random, country: Country) -> Style:
        """Habits for one document of this country."""
        symbol = symbol_of(country.currency)
        money = rng.choice(
            ["code", "code", "symbol", "name"] if symbol != country.currency else ["code", "code", "name"]
        )
        cents = has_cents(country) and rng.random() < 0.25
        return cls(country, money, cents, rng.choice(["%", " per cent", "%"]))


def has_cents(country: Country) -> bool:
    """Whether amounts are written with two decimals: CLDR gives the currency two, and one of its units is worth money."""
    from babel.numbers import get_currency_precision

    return get_currency_precision(country.currency) == 2 and country.scale < 200


@lru_cache(maxsize=256)
def symbol_of(currency: str) -> str:
    """The sign that an English text from home puts before the figure, or the currency's code where it uses none."""
    from babel.numbers import get_currency_symbol

    if currency in SIGNS:
        return SIGNS[currency]
    symbol = get_currency_symbol(currency, locale="en")
    # "CA$" and "NZ$" are what others write; at home it is "$". "F CFA" and the like stand behind the figure.
    if symbol.endswith("$") and currency != "BRL":
        return "$"
    return currency if symbol[-1].isalpha() else symbol


@lru_cache(maxsize=256)
def currency_name(currency: str) -> str:
    """The plural name in running text: "euros", "Polish zlotys"."""
    from babel.numbers import get_currency_name

    return NAMES.get(currency) or str(get_currency_name(currency, count=5, locale="en"))


def short_name(currency: str) -> str:
    """What the money is called at home: "zlotys", "CFA francs"."""
    words = currency_name(currency).split()
    return " ".join(words[-2:] if words[-2:-1] == ["CFA"] else words[-1:])


def spelled(number: int) -> str:
    """A cardinal below 1,000 in words: 117 -> "one hundred and seventeen"."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")
    hundreds, rest = divmod(number, 100)
    return f"{_ONES[hundreds]} hundred" + (f" and {spelled(rest)}" if rest else "")


def ordinal(number: int) -> str:
    """1 -> "1st", 112 -> "112th"."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def grouped(number: float, country: Country, decimals: int = 0) -> str:
    """A number with the country's grouping: 421200 -> "421,200", in India "4,21,200"."""
    whole, _, fraction = f"{number:.{decimals}f}".partition(".")
    if country.number_locale == "en_IN" and len(whole) > 3:
        head, tail = whole[:-3], whole[-3:]
        pairs = []
        while head:
            pairs.append(head[-2:])
            head = head[:-2]
        whole = ",".join([*reversed(pairs), tail])
    else:
        whole = f"{int(whole):,}"
    return f"{whole}.{fraction}" if fraction else whole


def amount(number: float, style: Style) -> Value:
    """Money in the document's currency."""
    country = style.country
    decimals = 2 if style.cents else 0
    figure, plain = grouped(number, country, decimals), f"{number:.{decimals}f}"
    code, sign, name = country.currency, symbol_of(country.currency), currency_name(country.currency)
    short = short_name(code)
    text = {"code": f"{code} {figure}", "symbol": f"{sign}{figure}", "name": f"{figure} {short}"}[style.money]
    forms = [text, figure, plain, f"{number:,.{decimals}f}"]
    for written in (figure, plain, f"{number:,.{decimals}f}"):
        forms += [
            f"{code} {written}",
            f"{sign}{written}",
            f"{written} {short}",
            f"{written} {name}",
            f"{written} {code}",
        ]
    return Value(text, _unique(forms), number)


def day(when: date, style: Style) -> Value:
    """A date; the year always stands with it."""
    month = MONTHS[when.month - 1]
    british, american = f"{when.day} {month} {when.year}", f"{month} {when.day}, {when.year}"
    text = american if style.country.date_order == "mdy" else british
    forms = [
        text,
        british,
        american,
        when.isoformat(),
        f"{ordinal(when.day)} {month} {when.year}",
        f"{ordinal(when.day)} of {month} {when.year}",
        f"{month} {ordinal(when.day)}, {when.year}",
        f"{month} {when.day} {when.year}",
        f"{when.day} {month}, {when.year}",
        f"{when.day} {month[:3]} {when.year}",
        f"{when.day:02d} {month} {when.year}",
        f"{when.day:02d}/{when.month:02d}/{when.year}",
        f"{when.day:02d}.{when.month:02d}.{when.year}",
    ]
    return Value(text, _unique(forms), when.toordinal(), when)


def weekday(when: date) -> str:
    """The English name of the day of the week."""
    return WEEKDAYS[when.weekday()]


def count(number: int, style: Style) -> Value:
    """A whole number of things."""
    text = grouped(number, style.country) if number >= 1000 else str(number)
    forms = [text, str(number), f"{number:,}"]
    if number < 1000:
        forms.append(spelled(number))
    return Value(text, _unique(forms), number)


def duration(number: int, unit: str) -> Value:
    """A stretch of time in a plural unit ("17 weeks"); from 1,000 on in digits alone."""
    single = unit[:-1]
    forms = [f"{shown} {unit}" for shown in (number, *([spelled(number)] if number < 1000 else []))]
    forms += [f"{form.removesuffix(unit).strip()}-{single}" for form in forms]
    return Value(forms[0], _unique(forms), number)


def percentage(tenths: int, style: Style) -> Value:
    """A share given in tenths of a per cent: 374 -> 37.4 %."""
    figure = f"{tenths // 10}.{tenths % 10}"
    forms = [f"{figure}{style.percent}", f"{figure}%", f"{figure} %", f"{figure} per cent", f"{figure} percent", figure]
    return Value(forms[0], _unique(forms), tenths / 10)


def person(pool: NamePool, rng: Random) -> Value:
    """An invented person. The surname alone is a form too (the writer takes it away where two people share it)."""
    given, surname = pool.person(rng)
    return Value(f"{given} {surname}", (f"{given} {surname}", surname), 0.0)


def code(rng: Random, prefix: str) -> Value:
    """A reference such as "RS-4471/23"."""
    number, tail = rng.randrange(1003, 9998), rng.randrange(11, 99)
    text = rng.choice([f"{prefix}-{number}/{tail}", f"{prefix} {number}-{tail}", f"{prefix}{tail}/{number}"])
    return Value(text, _unique([text, text.replace(" ", ""), text.replace("-", " "), text.replace("-", "")]), 0.0)


def draw_number(rng: Random, low: float, high: float) -> float:
    """Log-uniform, since costs are: small figures are as likely as large ones."""
    return float(low * (high / low) ** rng.random())


def odd_figure(number: float) -> int:
    """The nearest whole number that does not end in 0 or 5: people guess round figures."""
    whole = round(number)
    return whole + 2 if whole % 5 == 0 else whole


def shift(base: date, rng: Random, low: int, high: int) -> date:
    """A day between `low` and `high` days from `base`."""
    return base + timedelta(days=rng.randint(low, high))


def _unique(forms: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(forms))
