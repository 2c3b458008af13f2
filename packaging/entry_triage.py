"""Entry of the packaged ``triage``: the command line and the reader process."""

import sys

from triage_app.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
