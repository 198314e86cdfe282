"""Dagster assets, schedules, checks, settings, the command line. The only room that uses the clock."""
