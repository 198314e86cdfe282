"""TED_EXPORT's codes and their eForms counterparts: countries, languages, forms, procedures. Reference tables, no logic
beyond looking up."""

from __future__ import annotations

from warehouse.model.notices import Form

COUNTRIES = {
    "AD": "AND", "AE": "ARE", "AF": "AFG", "AL": "ALB", "AM": "ARM", "AO": "AGO", "AR": "ARG", "AT": "AUT",
    "AU": "AUS", "AZ": "AZE", "BA": "BIH", "BB": "BRB", "BD": "BGD", "BE": "BEL", "BF": "BFA", "BG": "BGR",
    "BH": "BHR", "BI": "BDI", "BJ": "BEN", "BM": "BMU", "BN": "BRN", "BO": "BOL", "BR": "BRA", "BS": "BHS",
    "BT": "BTN", "BW": "BWA", "BY": "BLR", "BZ": "BLZ", "CA": "CAN", "CD": "COD", "CF": "CAF", "CG": "COG",
    "CH": "CHE", "CI": "CIV", "CL": "CHL", "CM": "CMR", "CN": "CHN", "CO": "COL", "CR": "CRI", "CU": "CUB",
    "CV": "CPV", "CY": "CYP", "CZ": "CZE", "DE": "DEU", "DJ": "DJI", "DK": "DNK", "DM": "DMA", "DO": "DOM",
    "DZ": "DZA", "EC": "ECU", "EE": "EST", "EG": "EGY", "EL": "GRC", "ER": "ERI", "ES": "ESP", "ET": "ETH",
    "FI": "FIN", "FJ": "FJI", "FO": "FRO", "FR": "FRA", "GA": "GAB", "GB": "GBR", "GE": "GEO", "GF": "GUF",
    "GG": "GGY", "GH": "GHA", "GI": "GIB", "GL": "GRL", "GM": "GMB", "GN": "GIN", "GP": "GLP", "GQ": "GNQ",
    "GR": "GRC", "GT": "GTM", "GW": "GNB", "GY": "GUY", "HK": "HKG", "HN": "HND", "HR": "HRV", "HT": "HTI",
    "HU": "HUN", "ID": "IDN", "IE": "IRL", "IL": "ISR", "IM": "IMN", "IN": "IND", "IQ": "IRQ", "IR": "IRN",
    "IS": "ISL", "IT": "ITA", "JE": "JEY", "JM": "JAM", "JO": "JOR", "JP": "JPN", "KE": "KEN", "KG": "KGZ",
    "KH": "KHM", "KM": "COM", "KR": "KOR", "KW": "KWT", "KY": "CYM", "KZ": "KAZ", "LA": "LAO", "LB": "LBN",
    "LI": "LIE", "LK": "LKA", "LR": "LBR", "LS": "LSO", "LT": "LTU", "LU": "LUX", "LV": "LVA", "LY": "LBY",
    "MA": "MAR", "MC": "MCO", "MD": "MDA", "ME": "MNE", "MG": "MDG", "MK": "MKD", "ML": "MLI", "MM": "MMR",
    "MN": "MNG", "MO": "MAC", "MQ": "MTQ", "MR": "MRT", "MT": "MLT", "MU": "MUS", "MV": "MDV", "MW": "MWI",
    "MX": "MEX", "MY": "MYS", "MZ": "MOZ", "NA": "NAM", "NC": "NCL", "NE": "NER", "NG": "NGA", "NI": "NIC",
    "NL": "NLD", "NO": "NOR", "NP": "NPL", "NZ": "NZL", "OM": "OMN", "PA": "PAN", "PE": "PER", "PF": "PYF",
    "PG": "PNG", "PH": "PHL", "PK": "PAK", "PL": "POL", "PM": "SPM", "PR": "PRI", "PS": "PSE", "PT": "PRT",
    "PY": "PRY", "QA": "QAT", "RE": "REU", "RO": "ROU", "RS": "SRB", "RU": "RUS", "RW": "RWA", "SA": "SAU",
    "SC": "SYC", "SD": "SDN", "SE": "SWE", "SG": "SGP", "SI": "SVN", "SK": "SVK", "SL": "SLE", "SM": "SMR",
    "SN": "SEN", "SO": "SOM", "SR": "SUR", "SS": "SSD", "ST": "STP", "SV": "SLV", "SY": "SYR", "SZ": "SWZ",
    "TD": "TCD", "TG": "TGO", "TH": "THA", "TJ": "TJK", "TL": "TLS", "TM": "TKM", "TN": "TUN", "TR": "TUR",
    "TT": "TTO", "TW": "TWN", "TZ": "TZA", "UA": "UKR", "UG": "UGA", "UK": "GBR", "US": "USA", "UY": "URY",
    "UZ": "UZB", "VA": "VAT", "VE": "VEN", "VG": "VGB", "VN": "VNM", "WF": "WLF", "YE": "YEM", "YT": "MYT",
    "ZA": "ZAF", "ZM": "ZMB", "ZW": "ZWE", "XK": "1A0", "1A": "1A0",
}  # fmt: skip
"""ISO 3166-1 alpha-2, and "UK" and "EL" as the EU writes them, to alpha-3."""


LANGUAGES = {
    "BG": "BUL", "CS": "CES", "DA": "DAN", "DE": "DEU", "EL": "ELL", "EN": "ENG", "ES": "SPA", "ET": "EST",
    "FI": "FIN", "FR": "FRA", "GA": "GLE", "HR": "HRV", "HU": "HUN", "IT": "ITA", "LT": "LIT", "LV": "LAV",
    "MK": "MKD", "MT": "MLT", "NL": "NLD", "NO": "NOR", "PL": "POL", "PT": "POR", "RO": "RON", "SK": "SLK",
    "SL": "SLV", "SQ": "SQI", "SR": "SRP", "SV": "SWE", "TR": "TUR", "IS": "ISL",
}  # fmt: skip
"""ISO 639-1 to the ISO 639-3 that eForms writes."""

FORMS = {
    "0": Form.PLANNING,  # prior information without call
    "1": Form.PLANNING,
    "2": Form.COMPETITION,  # additional information: see read_ted_export
    "3": Form.COMPETITION,
    "4": Form.COMPETITION,
    "5": Form.COMPETITION,
    "6": Form.COMPETITION,
    "7": Form.RESULT,
    "A": Form.COMPETITION,  # prior information that is the call
    "B": Form.PLANNING,  # buyer profile
    "C": Form.COMPETITION,
    "D": Form.COMPETITION,
    "E": Form.COMPETITION,
    "F": Form.COMPETITION,
    "H": Form.COMPETITION,
    "I": Form.COMPETITION,
    "J": Form.RESULT,
    "K": Form.MODIFICATION,
    "M": Form.COMPETITION,  # periodic indication that is the call
    "O": Form.COMPETITION,  # qualification system, one form in eForms whether it calls (O) or not (Q)
    "P": Form.PLANNING,
    "Q": Form.COMPETITION,
    "R": Form.RESULT,
    "V": Form.DIRECT_AWARD,
}
"""TD_DOCUMENT_TYPE, which is more precise than the form's number: F21 is a plan, a call or a result."""

PROCEDURES = {
    "PT_OPEN": "open",
    "PT_RESTRICTED": "restricted",
    "PT_COMPETITIVE_NEGOTIATION": "neg-w-call",
    "PT_NEGOTIATED_WITH_PRIOR_CALL": "neg-w-call",
    "PT_NEGOTIATED_WITHOUT_PUBLICATION": "neg-wo-call",
    "PT_NEGOTIATED_WITHOUT_COMPETITION": "neg-wo-call",
    "PT_AWARD_CONTRACT_WITHOUT_CALL": "neg-wo-call",
    "PT_AWARD_CONTRACT_WITHOUT_PUBLICATION": "neg-wo-call",
    "PT_AWARD_CONTRACT_WITH_PRIOR_PUBLICATION": "oth-single",
    "PT_COMPETITIVE_DIALOGUE": "comp-dial",
    "PT_INNOVATION_PARTNERSHIP": "innovation",
    "PT_INVOLVING_NEGOTIATION": "oth-mult",
}
"""The element that names the procedure, to BT-105."""

TWO_STAGE = frozenset({"restricted", "neg-w-call", "comp-dial", "innovation"})
"""Procedures whose first deadline is for requests to participate."""
