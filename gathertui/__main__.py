"""`python -m gathertui` is `gathertui`."""

from gathertui.cli.main import run

if __name__ == "__main__":
    run()
