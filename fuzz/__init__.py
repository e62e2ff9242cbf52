"""Fuzzing: mutated files through the whole pipeline, and coverage-guided runs on our own parsers."""
