"""Countries and places: facts agree with CLDR, names are enough for every split, and no town lies in the wrong country."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from babel import Locale
from babel.languages import get_territory_language_info
from babel.numbers import get_currency_precision, get_territory_currencies

from longctx_synth.scenarios import places
from longctx_synth.world import values
from longctx_synth.world.countries import BY_CODE, BY_NAME
from longctx_synth.world.names import ORGANISATIONS, SHARES, SPOTS, TRADES, invented

COUNTRIES = places.countries()
CODES = [country.code for country in COUNTRIES]
UNITED_STATES = {"US", "PR", "GU", "VI", "AS", "MP", "UM"}
WORD = re.compile(r"[^\W\d_]+")


@pytest.fixture(params=COUNTRIES, ids=CODES)
def country(request: pytest.FixtureRequest) -> places.Country:
    return request.param


def test_there_are_many_countries_on_every_inhabited_continent() -> None:
    assert len(set(CODES)) == len(COUNTRIES) >= 60
    assert len({country.name for country in COUNTRIES}) == len(COUNTRIES)
    continents = Counter(country.continent for country in COUNTRIES)
    assert set(continents) == set(places.CONTINENTS) and min(continents.values()) >= 4
    assert not UNITED_STATES & set(CODES)


def test_currency_languages_and_locale_are_those_of_cldr(country: places.Country) -> None:
    assert country.currency in get_territory_currencies(country.code)
    assert country.scale > 0
    spoken = get_territory_language_info(country.code)
    for language in country.languages:
        assert language in spoken, language
    official = {code.split("_")[0] for code, facts in spoken.items() if facts["official_status"]}
    assert country.languages[0] in official
    locale = Locale.parse(country.locale)
    assert (locale.territory == country.code and locale.language == country.languages[0]) or country.code in LOCALES
    # CLDR's own name for the country, or one that is understood as well.
    cldr = Locale("en").territories[country.code].replace("&", "and").replace("’", "'")
    assert country.name.removeprefix("the ") == {"Côte d'Ivoire": "Ivory Coast"}.get(cldr, cldr)


# Where the locale is not the first language's: CLDR has none, or English texts are what the locale is for.
LOCALES = {"WS"}


def test_figures_and_dates_are_written_as_in_english_texts_from_there(country: places.Country) -> None:
    assert country.date_order in ("dmy", "mdy")
    Locale.parse(country.number_locale)
    if f"en_{country.code}" in ENGLISH:
        local = Locale.parse(f"en_{country.code}")
        order = "mdy" if str(local.date_formats["long"].pattern).startswith("M") else "dmy"
        assert country.date_order == order
        assert (country.number_locale == "en_IN") == (local.decimal_formats[None].pattern == "#,##,##0.###")


ENGLISH = {f"en_{code}" for code in CODES} & set(
    "en_AT en_AU en_BE en_BW en_CA en_CH en_CM en_DE en_DK en_FI en_FJ en_GB en_GH en_ID en_IE en_IN en_JM en_KE en_MG "
    "en_MT en_MY en_NA en_NG en_NL en_NZ en_PH en_PK en_RW en_SE en_SI en_TT en_TZ en_UG en_WS en_ZA en_ZM".split()
)


def test_names_are_single_latin_words_and_enough_in_every_split(country: places.Country) -> None:
    assert len(country.given) == len(set(country.given)) >= 30
    assert len(country.surname_stems) * len(country.surname_ends) >= 110
    assert len(country.place_stems) * len(country.place_ends) >= 150
    found: Counter[str] = Counter()
    for split in SHARES:
        surnames, localities = invented(country.name, split, "surnames"), invented(country.name, split, "places")
        assert len(surnames) >= 12 and len(localities) >= 30, (split, len(surnames), len(localities))
        found.update({*surnames, *localities})
        for name in (*surnames, *localities, *country.given):
            assert WORD.fullmatch(name) and name[0].isupper(), name
            assert name.casefold().isascii() or all(
                ord(letter) < 0x250 or 0x1E00 <= ord(letter) < 0x1F00 for letter in name
            )
            assert name not in ("A", "An", "The", "May", "March", "April", "June", "August"), name
    # A name may be a surname and a place, but never in two splits.
    assert set(found.values()) <= {1}


def test_no_invented_locality_is_a_town_of_the_list(country: places.Country) -> None:
    towns = {place.city for place in places.places() if place.country == country.code} | set(country.towns)
    for split in SHARES:
        assert not towns & set(invented(country.name, split, "places"))
        assert not set(country.real_places) & set(invented(country.name, split, "places"))


def test_places_are_towns_of_known_countries_with_known_tags() -> None:
    found = places.places()
    assert len(found) >= 160
    assert len({(place.city, place.country) for place in found}) == len(found)
    per_country = Counter(place.country for place in found)
    assert set(per_country) == set(CODES) and min(per_country.values()) >= 2 and max(per_country.values()) <= 4
    for place in found:
        assert set(place.tags) <= set(places.TAGS) and len(set(place.tags)) == len(place.tags)
        assert not {"large", "small"} <= set(place.tags) and not {"coast", "lake", "river"} - set(places.TAGS)
        assert "snow" not in place.tags or places.by_code()[place.country].winter, place
        assert place.country not in LANDLOCKED or "coast" not in place.tags, place
    for tag in places.TAGS:
        assert len([place for place in found if tag in place.tags]) >= 10, tag
    assert sum(tag == "capital" for place in found for tag in place.tags) == len(
        {place.country for place in found if "capital" in place.tags}
    )


LANDLOCKED = set("AT CH CZ LU HU RS UG ZM BW RW ET NP AM BO PY".split())


def test_the_lists_are_read_as_mappings_too() -> None:
    assert places.COUNTRIES["NL"].demonym == "Dutch" and places.PLACES is places.places()
    with pytest.raises(AttributeError):
        _ = places.CITIES
    assert BY_CODE["NL"] is BY_NAME["the Netherlands"] and "Zwolle" in BY_CODE["NL"].towns


def test_money_is_written_with_a_sign_a_code_or_a_name_and_no_cents_where_there_are_none(
    country: places.Country,
) -> None:
    home = BY_CODE[country.code]
    sign, name, short = (
        values.symbol_of(country.currency),
        values.currency_name(country.currency),
        values.short_name(country.currency),
    )
    assert sign == country.currency or re.fullmatch(r"(R|RD|TT|J|N)?[$€£₹¥₩₱₦₺]", sign)
    assert name.endswith(short) and short and not short[0].isdigit()
    if get_currency_precision(country.currency) != 2:
        assert not values.has_cents(home)
    for money in ("code", "symbol", "name"):
        for cents in {False, values.has_cents(home)}:
            value = values.amount(1234567.89 if cents else 1234567, values.Style(home, money, cents, "%"))
            assert value.text == value.forms[0] and len(set(value.forms)) == len(value.forms)
            assert ("." in value.text) == cents


def test_towns_are_no_part_of_an_invented_name() -> None:
    """ "Bergen Wharf" would be taken for the town."""
    parts = {*SPOTS, *TRADES, *(word for pattern in ORGANISATIONS for word in pattern.split())}
    assert not parts & {place.city for place in places.places()}
