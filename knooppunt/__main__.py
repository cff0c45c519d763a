"""``python -m knooppunt``: the same as the command ``knooppunt``."""

from knooppunt.cli import app

if __name__ == "__main__":
    app(prog_name="knooppunt")
