"""What the benchmarks share. Importing it puts the repository on the path, so that a script runs by its name."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
