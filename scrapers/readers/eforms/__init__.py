"""Readers of eForms UBL XML."""
