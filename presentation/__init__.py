"""Views, translations, signed links, languages and calendars that letters and pages share."""
