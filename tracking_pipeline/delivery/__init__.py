"""Delivery to destinations: ledger, journal, sender. No Dagster in here."""
