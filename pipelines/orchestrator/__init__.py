"""Dagster on one machine: its processes supervised, runs of dead processes ended."""
