"""KEEPS THE DAY: Dagster assets, schedules, checks, settings, the command line. Only here is the clock known."""
