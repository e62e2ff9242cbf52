"""Judges face captures and makes them compliant with the least change to their pixels."""
