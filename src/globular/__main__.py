"""``python -m globular`` is the command ``globular``."""

from globular.cli import main

if __name__ == "__main__":
    main()
