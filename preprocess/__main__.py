"""``python -m preprocess``: the command line without the client."""

from .cli import main

if __name__ == "__main__":
    main()
