"""Where documents are set, as the writer needs it: a country's towns, money, and the sounds that names are made of.

The facts are those of `scenarios.places`. Towns, currencies and given names are public and shared by all splits;
surnames and localities are put together from a stem and an ending (a whole surname has the ending ""), and `names`
gives each to one split.
"""

from __future__ import annotations

from dataclasses import dataclass

from longctx_synth.errors import SettingsError
from longctx_synth.scenarios import places


@dataclass(frozen=True, slots=True)
class Country:
    """scale: how many units of the currency buy what one euro buys, roughly. number_locale: how figures are grouped.

    real_places: made of the stems and ends but real, so not to be used.
    """

    code: str
    name: str
    currency: str
    scale: float
    number_locale: str
    date_order: str
    winter: bool
    towns: tuple[str, ...]
    given: tuple[str, ...]
    surname_stems: tuple[str, ...]
    surname_ends: tuple[str, ...]
    place_stems: tuple[str, ...]
    place_ends: tuple[str, ...]
    real_places: tuple[str, ...]


def _country(profile: places.Country) -> Country:
    return Country(
        profile.code,
        profile.name,
        profile.currency,
        profile.scale,
        profile.number_locale,
        profile.date_order,
        profile.winter,
        tuple(place.city for place in places.places() if place.country == profile.code) + profile.towns,
        profile.given,
        profile.surname_stems,
        profile.surname_ends,
        profile.place_stems,
        profile.place_ends,
        profile.real_places,
    )


COUNTRIES = tuple(_country(profile) for profile in places.countries())
BY_NAME = {country.name: country for country in COUNTRIES}
BY_CODE = {country.code: country for country in COUNTRIES}


@dataclass(frozen=True, slots=True)
class Home:
    """Where a document is set and by whom it is written, when that is not left to chance.

    country: ISO 3166 alpha-2. city: as in `Place.city`. organisations: patterns with one {} for an invented name
    ("{} Dairy Union"); one is drawn; empty: any. nouns: what the organisation has that the document's kind speaks of ("cold
    store", "milk tanker"); mishaps: what goes wrong there; empty: the kind's own, which fit no organisation in particular.
    Raises SettingsError for an unknown country or a broken pattern.
    """

    country: str
    city: str
    organisations: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    mishaps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.country not in BY_CODE:
            raise SettingsError(f"There is no country {self.country!r} among the {len(BY_CODE)} of countries.jsonl.")
        if not self.city.strip():
            raise SettingsError(f"The home in {BY_CODE[self.country].name} has no city: name the town it lies in.")
        for pattern in self.organisations:
            if pattern.count("{}") != 1 or set(pattern.replace("{}", "")) & set("{}[]|$~"):
                raise SettingsError(
                    f"The name of an organisation has to have one {{}} and no other braces, brackets, | or $: {pattern!r}."
                )
