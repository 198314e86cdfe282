"""Countries as eForms codes them (authority table "country", alpha-3), so that they can be distinguished from NUTS
codes.

The codes alone: no NUTS code of today is spelled like one of them. Labels are in warehouse/model/code_lists.py.
"""

from __future__ import annotations

_CODES = """
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR
BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPT CPV CRI CUB CUW CXR CYM
CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GMB
GNB GNQ GRC GRD GRL GTM GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ
KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI
MLT MMR MNE MNG MNP MOZ MRT MSR MUS MWI MYS NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL
PLW PNG POL PRI PRK PRT PRY PSE PYF QAT ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP
SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB
1A0 GLP GUF MTQ MYT REU VAT VCT VEN VGB VIR VNM VUT WLF WSM XKX YEM ZAF ZMB ZWE
"""
COUNTRIES = frozenset(_CODES.split())
"""The Publications Office's list (246 codes, November 2026), "1A0" as eForms wrote Kosovo before it, and the French
overseas departments, which some publishers write as countries."""


_NUTS_PREFIXES = """
AL AT BE BG CH CY CZ DE DK EE EL ES FI FR HR HU IE IS IT LI LT LU LV ME MK MT NL NO PL PT RO RS SE SI SK TR UA UK XK
"""
_NUTS_COUNTRIES = frozenset(_NUTS_PREFIXES.split())
"""How NUTS codes begin: the 38 countries of the publishers' list "country_nuts-country" (November 2026), and the United
Kingdom, whose codes ended with 2020."""


def has_nuts(code: str) -> bool:
    """Whether a code begins with a country that has NUTS regions: "US" and "TN123" name no region of the
    nomenclature."""
    return code[:2] in _NUTS_COUNTRIES


def is_country(written: str) -> bool:
    """Whether the code is a country's, as it is written ("RWA"); "rwa" is none."""
    return written in COUNTRIES
