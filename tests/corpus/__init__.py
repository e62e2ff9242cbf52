"""Captures made to keep or break one rule each; the name of a case begins with the rule."""
