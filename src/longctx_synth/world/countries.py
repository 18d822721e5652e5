# ruff: noqa: E501  (sounds of one country on few lines)
"""Where documents are set: public facts of a dozen countries, and the sounds that invented names are made of.

Towns, currencies and given names are public and shared by all splits. Surnames and place names are invented from a
stem and an ending, so that they sound right for the country and belong to nobody; `names` gives each to one split.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """scale: how many units of the currency buy what one euro buys, roughly. number_locale: how figures are grouped."""

    name: str
    currency: str
    scale: float
    number_locale: str
    date_order: str
    towns: tuple[str, ...]
    given: tuple[str, ...]
    surname_stems: tuple[str, ...]
    surname_ends: tuple[str, ...]
    place_stems: tuple[str, ...]
    place_ends: tuple[str, ...]


def _country(
    name: str,
    money: str,
    towns: str,
    given: str,
    stems: str,
    ends: str,
    places: str,
    place_ends: str,
    order: str = "dmy",
) -> Country:
    currency, scale, locale = money.split()
    return Country(
        name,
        currency,
        float(scale),
        locale,
        order,
        tuple(town.replace("_", " ") for town in towns.split()),
        *(tuple(text.split()) for text in (given, stems, ends, places, place_ends)),
    )


COUNTRIES = (
    _country(
        "Ireland",
        "EUR 1 en_IE",
        "Galway Limerick Sligo Waterford Athlone Tralee Ennis Drogheda Kilkenny Letterkenny",
        "Aoife Brendan Caoimhe Cormac Dara Declan Deirdre Eamon Eilis Fergus Finola Grainne Killian Lorcan Maeve Niall Nora "
        "Oisin Orla Padraig Roisin Ronan Saoirse Sean Sinead Tadhg Una Ciara Colm Bronagh Conall Emer",
        "Corr Dunn Harr Kell Brann Carr Fenn Glass Hegg Lenn Mull Rath Scan Tierr Warr Coll Durr Garr Kinn Maddr Noll Rudd Shann Tooh",
        "igan ity ahan oney ery ican ovan elly erty agher",
        "Bally Kil Dun Knock Clon Rath Inish Carrick Drum Glen Tully Ard Lis Cool Der Crag Moy Slane",
        "braddan corrig farran gallow keeran lannow mossan nevin rossan shannock tarran vanagh wherry more donnell cashin",
    ),
    _country(
        "the Netherlands",
        "EUR 1 en",
        "Zwolle Deventer Breda Leeuwarden Arnhem Amersfoort Roermond Assen Middelburg Alkmaar",
        "Anouk Bart Carlijn Daan Eefje Femke Floris Gijs Hanneke Ilse Jasper Joost Koen Lotte Maaike Maarten Niels Noor Pieter "
        "Rens Roos Ruben Sanne Sjoerd Thijs Tess Wouter Willemijn Jelle Marijke Bram Geert",
        "Brink Hove Kamp Linde Molen Ooster Polder Riet Scholte Veld Water Wester Zand Haver Kers Bolder Dijk Grave Hazel Koren Meer Stel",
        "sma huis stra mans horst burg kamp veen loo werf",
        "Ooster Wester Noorder Zuider Molen Riet Zand Hazel Elzen Berken Koren Veen Kraai Zwane Distel Grutte Wulpen Lange",
        "broek wolde hage mere schoten drecht laar mond stede voorde rade zijl horn kerke donk wierde",
    ),
    _country(
        "Poland",
        "PLN 4 en",
        "Lublin Kielce Opole Rzeszów Olsztyn Bydgoszcz Radom Elbląg Płock Tarnów",
        "Agnieszka Andrzej Barbara Bartosz Bogna Cezary Danuta Dorota Emil Ewa Filip Grażyna Grzegorz Halina Ignacy Irena Jacek "
        "Justyna Kamil Krystyna Leszek Magda Marek Marta Olga Paweł Renata Szymon Teresa Wiktor Zofia Wanda",
        "Brzez Dąbr Grab Jarz Kalin Lip Mal Niedz Ostr Piech Rog Sikor Tarn Wilk Zaj Borz Chmiel Gaj Klon Modrz Olch Wierzb Krusz Stań",
        "owiak ański ecki icz yński owiec ewicz alski ak ulski",
        "Brzez Dąbr Grab Jasien Kalin Lip Ostr Sokoł Tarn Wierzb Olsz Gołęb Czarn Biał Zielon Kamien",
        "owiny ogóra owo iska ówka anka owice ewnik ociny usza oborze ołęka owiec ynia",
    ),
    _country(
        "Portugal",
        "EUR 1 en",
        "Coimbra Braga Évora Aveiro Setúbal Viseu Faro Leiria Guarda Beja",
        "Afonso Alice Ana Beatriz Bruno Catarina Cláudia Diogo Duarte Eduarda Filipa Francisco Gonçalo Helena Inês Joana João "
        "Leonor Luís Mafalda Margarida Miguel Nuno Olívia Pedro Raquel Rita Rui Sofia Teresa Tiago Vasco",
        "Alv Barr Carv Cord Ferr Gal Lour Mach Mour Nog Oliv Palm Per Quint Ram Sald Tav Vald Vent Zamb Cald Fig Marq Salg",
        "eirim ancho alhais ovar inhal anedo eirol uscão orinha endas",
        "Alc Barr Cald Fig Lour Monf Mour Oliv Pedr Quint Ribe Salg Torr Val Vim Zamb",
        "ovelhe arinha eiredo antela elinhos osende ujães oiral amede uções entim adelo",
    ),
    _country(
        "Finland",
        "EUR 1 en",
        "Oulu Kuopio Turku Lahti Vaasa Joensuu Pori Kotka Rauma Kajaani",
        "Aino Antti Eero Elina Emmi Erkki Hanna Heikki Helmi Ilkka Inka Jari Jukka Kaisa Kalle Kirsi Lauri Leena Mikko Minna Niko "
        "Noora Olli Outi Pekka Petri Riikka Saara Sami Tiina Tuomas Venla",
        "Hal Harju Hauta Joki Kallio Kangas Karhu Kivi Korpi Kuusi Lahde Lepo Mäki Metsä Niitty Pelto Ranta Saari Salo Suo Tammi Vesa Virta Ahve",
        "nemi sto kangas maa perä lampi selkä vuori laita korva",
        "Hauki Kallio Karhu Kivi Koivu Korpi Kuusi Lepo Metsä Niitty Pihla Saari Salmi Sorsa Tervas Vesi Ilves Hiekka",
        "niska lahti järvi kylä vaara harju koski mylly portti suvanto ranta notko",
    ),
    _country(
        "Kenya",
        "KES 130 en",
        "Nakuru Kisumu Eldoret Nyeri Thika Kitale Embu Machakos Meru Kericho",
        "Achieng Akinyi Amina Barasa Chebet Cherono Daudi Esther Faith Gitau Grace Halima Jelagat Juma Kamau Kiprono Lilian Makena "
        "Mercy Moraa Mutua Mwende Naliaka Njeri Ochieng Otieno Rehema Salim Wairimu Wanjiru Zawadi Kiptoo",
        "Kar Kib Kip Mac Mut Mwa Nda Nga Nja Och Odh Oki Rot Sim Wab Wam Wek Kim Gach Gith Mug Nyam",
        "anguri echoro imaro ondeki aleni onyiro utheri aburo ilondo emwari",
        "Kar Kib Kip Mak Mut Mwe Nda Nga Nya Oki Ruk Sab Wan Kim Gath Mug",
        "ambiri enyuki ondoro alimu ungari ethoni irango aweru obaki ikonyi utwani emeru",
    ),
    _country(
        "India",
        "INR 90 en_IN",
        "Nashik Mysuru Kochi Indore Madurai Rajkot Udaipur Guntur Bhopal Ranchi",
        "Aarti Abhay Anil Bhavna Chitra Deepak Devika Farhan Gauri Gopal Harsha Indira Jayant Kavita Kiran Lakshmi Madhav Meera "
        "Nandini Naveen Omkar Pooja Rajesh Rekha Sanjay Shalini Suresh Tara Uma Vikram Yamini Zubin",
        "Amb Bhal Chand Desh Dhan Gaik Hary Jag Kesh Kul Mah Nand Pad Rad Sar Shel Tal Vad Ved Yad Kam Bor",
        "erkar avane ikoppa alingam unde apathi orkari ewale anatha umalla",
        "Amb Bhal Chand Dhan Har Jal Kam Kesh Mal Nand Pad Ram Sar Shiv Tal Vad",
        "apalli egaon ipura anagar orewadi akunta ankulam agudi ighat aldoh erkheda ampur",
    ),
    _country(
        "Canada",
        "CAD 1.5 en_CA",
        "Halifax Regina Kingston Moncton Lethbridge Sudbury Kelowna Fredericton Brandon Thunder_Bay",
        "Adele Bryce Camille Colin Danielle Dominic Elise Ewan Fiona Gabriel Heather Hugo Isla Jocelyn Keith Lise Malcolm Mireille "
        "Nadine Owen Paige Pascal Quentin Rhona Sylvie Theo Valerie Wade Yvette Zoe Graham Lorne",
        "Ash Beau Birch Bon Cam Del Fair Gran Hart La Mac Mont Nor Pem Ros Sin Stan Thorn Val Whit Cal Dun",
        "bourne rivage ester mond ledge combe aldine gairn erton tremble",
        "Ash Birch Cedar Elk Fox Gander Heron Loon Maple Otter Pine Raven Salmon Spruce Tamar Willow",
        "bank crossing field ford haven ledge mere narrows point ridge shore side stead vale water wick",
        "mdy",
    ),
    _country(
        "New Zealand",
        "NZD 1.8 en_NZ",
        "Nelson Napier Timaru Whanganui Invercargill Gisborne Hamilton Tauranga Ashburton Levin",
        "Anahera Angus Aroha Blair Bridget Callum Erin Ewen Hana Hemi Hugh Isobel Jarrod Kahu Keri Lachlan Mere Moana Ngaire "
        "Piripi Rangi Rewi Rowena Rua Shona Stuart Tama Tane Tui Wiremu Whetu Alastair",
        "Ard Bal Cray Dal Fern Gar Hal Inver Kil Loch Mar Nar Orm Pen Raw Strath Tar Under Wair Kir Mata Kor",
        "brook dale ermont haugh idge lister mont onga wood wyn",
        "Ara Fern Hauku Kai Kere Kowhai Manu Mata Ngai Pohu Rangi Tara Tui Wai Whare Rimu",
        "bank dale gorge haven hope kura mara nui peak rangi roto stead tapu toka water whero",
    ),
    _country(
        "Czechia",
        "CZK 25 en",
        "Olomouc Pardubice Zlín Jihlava Kladno Opava Tábor Znojmo Liberec Chrudim",
        "Adéla Alena Blanka Cyril Dagmar Daniel Eliška Filip Hana Hynek Ivana Jakub Jana Jiří Karel Kateřina Klára Ludmila Marek "
        "Milan Miroslava Ondřej Pavla Petr Radek Šárka Tereza Tomáš Vendula Vojtěch Zdeněk Zuzana",
        "Bar Bed Brab Cih Dob Hab Hor Jan Kal Kopr Lip Mal Neb Ond Pol Rez Sed Stran Tich Vav Zem Krup",
        "ánek ovec íček ouš elka ečný oušek yška asek enda",
        "Bor Bran Bud Dob Hab Hor Jas Kam Kop Lip Mlyn Ond Rak Sed Strak Vrb",
        "ovice íkov enec išov anky ětín oměř ovany ínek ubice ošov enov",
    ),
    _country(
        "Norway",
        "NOK 11.5 en",
        "Bergen Stavanger Tromsø Bodø Drammen Molde Hamar Ålesund Harstad Larvik",
        "Anders Astrid Bjørn Dagny Eirik Eldbjørg Endre Frøydis Geir Gro Halvor Hege Ingrid Ivar Jorunn Kari Kjell Kristin Lars "
        "Liv Magnus Marit Nils Odd Ragnhild Rolf Signe Sindre Solveig Tor Turid Øystein",
        "Aas Berg Brekk Dal Eid Fjell Gran Haug Hell Kjær Lang Lund Myr Nord Rød Sand Skog Sol Stein Torp Vik Øst",
        "eng land rud seth vold heim tveit moen stad aker",
        "Aske Birke Bjørne Dyre Elve Fure Granne Hegre Kråke Lerke Molte Orre Rype Selje Trane Ulve",
        "vika dal nes sund eid havn holmen fjord li strand bygd vågen",
    ),
    _country(
        "Chile",
        "CLP 1000 en",
        "Valdivia Temuco Rancagua Osorno Talca Iquique Concepción Coquimbo Chillán Arica",
        "Amanda Andrés Antonia Bastián Camila Claudio Constanza Cristóbal Daniela Emilio Esteban Fernanda Gabriela Gonzalo Ignacia "
        "Javier Josefa Leonor Lucas Marcela Matías Maite Nicolás Paulina Pilar Rodrigo Rosario Sebastián Tamara Tomás Valentina Ximena",
        "Alb Arr Barr Carr Cort Err Gal Ibarr Larr Mald Mend Nav Olav Ort Pizarr Ret Sald Ur Val Varg Zald Echev",
        "ondo agaray ibel antue uiza ocal eñir ullín arena ilco",
        "Alc Carr Chil Coll Currar Hual Lin Llan Mol Panq Pich Quil Reñ Tral Tuc Yum",
        "ehue imávida ipulli oco anco elemu imapu uén ahuapi ilhue omávil utray",
    ),
)

BY_NAME = {country.name: country for country in COUNTRIES}
