"""Manual calls for the tests of several rooms."""

from __future__ import annotations

TOML = """
[[call]]
id = "iepna-ms-4832"
version = 2
title = "Market survey: cryogenic transfer lines"
description = "Two lines of forty metres."
language = "en"
buyer = "European Neutrino Physics Institute"
country = "CHE"
published = 2026-11-19
deadline = "2026-12-15 12:00"
asks = "interest"
cpv = ["42512000", "31682530-4"]
nuts = ["BE342"]
estimate = 250000.50
currency = "CHF"
url = "https://procurement.iepna.example/ms-4832"

[[call]] # a call-off without a deadline
id = "appel-2"
title = "Bon de commande : câblage"
language = "fr"
buyer = "Commune de Valmirande"
country = "BEL"
published = "2026-11-18"
form = "planning"
"""


CSV = """id;title;language;buyer;country;published;deadline;zone
un;"Sondage; fibre";fr;Institut;FRA;2026-11-19;2026-12-15;
deux;Enquête;nl;Instituut;BEL;2026-11-19;2026-12-15 23:59;Europe/London
"""
