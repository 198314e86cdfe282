"""Titles as TED composes them: country, kind of purchase and the buyer's own title, in each language."""

from __future__ import annotations

from collections.abc import Mapping

COUNTRIES = {
    "BEL": {"fra": "Belgique", "nld": "België", "eng": "Belgium", "deu": "Belgien"},
    "FRA": {"fra": "France", "nld": "Frankrijk", "eng": "France", "deu": "Frankreich"},
    "LUX": {"fra": "Luxembourg", "nld": "Luxemburg", "eng": "Luxembourg", "deu": "Luxemburg"},
    "NLD": {"fra": "Pays-Bas", "nld": "Nederland", "eng": "Netherlands", "deu": "Niederlande"},
    "DEU": {"fra": "Allemagne", "nld": "Duitsland", "eng": "Germany", "deu": "Deutschland"},
}
"""The countries the cluster works in; the others are shown by their code."""

DIVISIONS = {
    "30": {"fra": "Machines et matériel de bureau", "nld": "Kantoormachines", "eng": "Office machinery",
           "deu": "Büromaschinen"},
    "32": {"fra": "Équipements de télécommunications", "nld": "Telecommunicatie-uitrusting",
           "eng": "Telecommunications equipment", "deu": "Telekommunikationsausrüstung"},
    "45": {"fra": "Travaux de construction", "nld": "Bouwwerkzaamheden", "eng": "Construction work",
           "deu": "Bauarbeiten"},
    "48": {"fra": "Logiciels et systèmes d'information", "nld": "Software en informatiesystemen",
           "eng": "Software and information systems", "deu": "Software und Informationssysteme"},
    "50": {"fra": "Réparation et entretien", "nld": "Reparatie en onderhoud", "eng": "Repair and maintenance",
           "deu": "Reparatur und Wartung"},
    "72": {"fra": "Services de technologies de l'information", "nld": "IT-diensten", "eng": "IT services",
           "deu": "IT-Dienste"},
    "79": {"fra": "Services aux entreprises", "nld": "Zakelijke diensten", "eng": "Business services",
           "deu": "Dienstleistungen für Unternehmen"},
    "80": {"fra": "Éducation et formation", "nld": "Onderwijs en opleiding", "eng": "Education and training",
           "deu": "Aus- und Weiterbildung"},
}  # fmt: skip
"""Short names of the divisions the cluster works in, in our words; the others are shown as "CPV 90"."""


def compose_title(country: str, cpv: str, titles: Mapping[str, str]) -> dict[str, str]:
    """`notice-title` in the four languages; where the buyer gave no title in one, its first is used."""
    own = next(iter(titles.values()), "")
    composed: dict[str, str] = {}
    for language in ("fra", "nld", "eng", "deu"):
        place = COUNTRIES.get(country, {}).get(language, country)
        kind = DIVISIONS.get(cpv[:2], {}).get(language, f"CPV {cpv[:2]}")
        composed[language] = " – ".join((place, kind, titles.get(language, own)))
    return composed
