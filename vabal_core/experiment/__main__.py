"""`python -m vabal_core.experiment`: the command `simulate` on a machine that has neither a store nor pages."""

import sys

from vabal_core.experiment.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], prog="python -m vabal_core.experiment"))
