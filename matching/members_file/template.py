"""An empty members file for a spreadsheet: the columns, one invented firm, and what each column holds."""

from __future__ import annotations

from matching.members_file import members
from matching.members_file.table import OPTIONAL, PREFERENCES, REQUIRED
from warehouse.sheets.csv_xlsx import write_xlsx

_COMPETENCES = tuple(
    f"competence_{number}{suffix}" for number in (1, 2, 3) for suffix in ("", "_language", "_cpv", "_stages")
)
_EXAMPLE = {
    "id": "atelier-nord",
    "company_number": "BE0999000112",
    "name": "Atelier Nord SRL",
    "email": "bonjour@atelier-nord.example",
    "languages": "fr nl",
    "nuts": "BE32B",
    "headcount": "7",
    "turnover": "450000",
    "certificates": "ISO 27001 ; VCA",
    "frequency": "weekly",
    "competence_1": "Réseaux informatiques et hébergement",
    "competence_1_cpv": "72514000-1 72253000-3",
    "competence_1_stages": "host operate",
}


def members_template() -> bytes:
    """The workbook, which read_members reads as it is."""
    columns = (*REQUIRED, *OPTIONAL, *PREFERENCES, *_COMPETENCES)
    help_lines = [line for line in (members.__doc__ or "").splitlines() if line.startswith("| ")]
    notes = [" : ".join(part.strip() for part in line.strip("| ").split("|", 1)) for line in help_lines]
    return write_xlsx(columns, [[_EXAMPLE.get(column, "") for column in columns]], notes)
