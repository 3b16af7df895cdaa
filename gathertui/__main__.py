"""`python -m gathertui` is `gathertui`."""

from gathertui.cli.start import run

if __name__ == "__main__":
    run()
