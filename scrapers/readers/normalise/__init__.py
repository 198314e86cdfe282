"""What every reader ends with: dates, numbers, texts, languages, groups of winners."""
