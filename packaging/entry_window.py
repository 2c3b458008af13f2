"""Entry of the packaged ``triage-window``: the window, without a console behind it."""

import sys

from triage_app.__main__ import main_window

if __name__ == "__main__":
    sys.exit(main_window())
