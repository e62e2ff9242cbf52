"""Printers: they turn results into text, JSON and other forms, and judge nothing."""
