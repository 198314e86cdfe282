"""The names of each publisher's fields: the part of TED's that this portal serves, and all of BOAMP's."""

from __future__ import annotations

_TED = """
publication-number publication-date notice-identifier notice-version procedure-identifier form-type notice-type
notice-subtype sdk-version legal-basis official-language dispatch-date procedure-type notice-title title-proc
description-proc title-lot description-lot identifier-lot internal-identifier-proc buyer-name buyer-country
organisation-name-buyer organisation-country-buyer organisation-identifier-buyer organisation-city-buyer
buyer-legal-type main-activity classification-cpv main-classification-proc additional-classification-proc
main-classification-type-proc main-classification-lot additional-classification-lot contract-nature
contract-nature-main-proc contract-nature-main-lot place-of-performance place-of-performance-subdiv-lot
place-of-performance-country-proc place-of-performance-country-lot estimated-value-proc estimated-value-cur-proc
estimated-value-lot estimated-value-cur-lot framework-maximum-value-lot framework-maximum-value-cur-lot
document-url-lot submission-url-lot submission-language deadline-receipt-request
deadline-receipt-tender-date-lot deadline-receipt-tender-time-lot deadline-receipt-request-date-lot
deadline-receipt-request-time-lot deadline-receipt-expressions-date-lot deadline-receipt-expressions-time-lot
change-notice-version-identifier change-reason-code change-reason-description winner-name winner-country
winner-identifier winner-selection-status result-value-notice result-value-cur-notice links
"""
_BOAMP = """
annonce_lie annonces_anterieures code_departement code_departement_prestation contractfolderid criteres
datefindiffusion datelimitereponse dateparution dc descripteur_code descripteur_libelle donnees etat famille
famille_libelle filename gestion id idweb marche_public_simplifie marche_public_simplifie_label nature
nature_categorise nature_categorise_libelle nature_libelle nomacheteur objet perimetre procedure_categorise
procedure_libelle source_schema sousnature sousnature_libelle soustype_procedure titulaire type_avis type_marche
type_marche_facette type_procedure url_avis
"""

TED_FIELDS = frozenset(_TED.split())
"""The names a query or a search may use here; TED itself knows about 1,830."""
BOAMP_FIELDS = frozenset(_BOAMP.split())
"""Every key of the records recorded on 2026-08-12."""
