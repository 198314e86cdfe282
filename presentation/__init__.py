"""What letters and pages both show: views, phrases, signed links, languages, iCalendar."""
