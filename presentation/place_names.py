"""Names of the places a cluster around Wallonia meets: NUTS codes (Regulation (EC) 1059/2003, 2024 edition) and ISO
3166-1 alpha-3 of the neighbours. Names are those of the place's own languages, chosen by the reader's where it has two.
"""

from __future__ import annotations

from warehouse.codes.classifications import Nuts

_SHARED = """
BE211 Antwerpen|BE212 Mechelen|BE213 Turnhout|BE223 Tongeren|BE224 Hasselt|BE225 Maaseik|BE231 Aalst|BE232 Dendermonde
BE233 Eeklo|BE234 Gent|BE235 Oudenaarde|BE236 Sint-Niklaas|BE241 Halle-Vilvoorde|BE242 Leuven|BE251 Brugge
BE252 Diksmuide|BE253 Ieper|BE254 Kortrijk|BE255 Oostende|BE256 Roeselare|BE257 Tielt|BE258 Veurne|BE310 Nivelles
BE323 Mons|BE328 Tournai-Mouscron|BE329 La Louvière|BE32A Ath|BE32B Charleroi|BE32C Soignies|BE32D Thuin|BE331 Huy
BE332 Liège|BE334 Waremme|BE335 Verviers|BE336 Eupen|BE341 Arlon|BE342 Bastogne|BE343 Marche-en-Famenne
BE344 Neufchâteau|BE345 Virton|BE351 Dinant|BE352 Namur|BE353 Philippeville|LU Luxembourg|FR1 Île-de-France
FRB Centre-Val de Loire|FRC Bourgogne-Franche-Comté|FRD Normandie|FRE Hauts-de-France|FRE1 Nord-Pas-de-Calais
FRE11 Nord|FRE12 Pas-de-Calais|FRE2 Picardie|FRE21 Aisne|FRE22 Oise|FRE23 Somme|FRF Grand Est|FRF1 Alsace
FRF2 Champagne-Ardenne|FRF21 Ardennes|FRF22 Aube|FRF23 Marne|FRF24 Haute-Marne|FRF3 Lorraine
FRF31 Meurthe-et-Moselle|FRF32 Meuse|FRF33 Moselle|FRF34 Vosges|FRG Pays de la Loire|FRH Bretagne
FRI Nouvelle-Aquitaine|FRJ Occitanie|FRK Auvergne-Rhône-Alpes|FRL Provence-Alpes-Côte d'Azur|FRM Corse|FRY Outre-mer
"""
_PAIRS = [pair.partition(" ") for line in _SHARED.strip().splitlines() for pair in line.split("|")]
_NAMES = {code: name for code, _, name in _PAIRS}

_BY_LANGUAGE = {
    "BE1": {"fr": "Bruxelles", "nl": "Brussel", "en": "Brussels", "de": "Brüssel"},
    "BE2": {"fr": "Flandre", "nl": "Vlaanderen", "en": "Flanders", "de": "Flandern"},
    "BE21": {"fr": "Anvers", "nl": "Antwerpen", "en": "Antwerp", "de": "Antwerpen"},
    "BE22": {"fr": "Limbourg", "nl": "Limburg", "en": "Limburg", "de": "Limburg"},
    "BE23": {"fr": "Flandre-Orientale", "nl": "Oost-Vlaanderen", "en": "East Flanders", "de": "Ostflandern"},
    "BE24": {"fr": "Brabant flamand", "nl": "Vlaams-Brabant", "en": "Flemish Brabant", "de": "Flämisch-Brabant"},
    "BE25": {"fr": "Flandre-Occidentale", "nl": "West-Vlaanderen", "en": "West Flanders", "de": "Westflandern"},
    "BE3": {"fr": "Wallonie", "nl": "Wallonië", "en": "Wallonia", "de": "Wallonien"},
    "BE31": {"fr": "Brabant wallon", "nl": "Waals-Brabant", "en": "Walloon Brabant", "de": "Wallonisch-Brabant"},
    "BE32": {"fr": "Hainaut", "nl": "Henegouwen", "en": "Hainaut", "de": "Hennegau"},
    "BE33": {"fr": "province de Liège", "nl": "provincie Luik", "en": "Liège province", "de": "Provinz Lüttich"},
    "BE34": {"fr": "province de Luxembourg", "nl": "provincie Luxemburg", "en": "Luxembourg province"}
    | {"de": "Provinz Luxemburg"},
    "BE35": {"fr": "province de Namur", "nl": "provincie Namen", "en": "Namur province", "de": "Provinz Namur"},
}

_COUNTRIES = {"BEL": "BE", "FRA": "FR", "LUX": "LU", "NLD": "NL", "DEU": "DE"}


def name_place(nuts: Nuts, language: str) -> str | None:
    """The name of a place, or of the nearest broader one with a name; None where only the country is known."""
    for code in (nuts.code, *(parent.code for parent in nuts.parents)):
        if code in _BY_LANGUAGE:
            return _BY_LANGUAGE[code][language]
        if code in _NAMES:
            return _NAMES[code]
    return None


def shorten_country(code: str) -> str:
    """Alpha-3 as eForms writes it to alpha-2 where it is a neighbour's, else as it is."""
    return _COUNTRIES.get(code, code)
