"""The last step of every reader: dates, numbers, texts, languages, groups of winners."""
