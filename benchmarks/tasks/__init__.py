"""What is measured: each function runs in a fresh process of its own environment.

A module here imports at its top only the standard library, because a peer's environment has
nothing else of ours; a task imports what it measures inside the function.
"""
