"""`python -m posture.sweep`."""

import sys

from posture.sweep.command import main

sys.exit(main())
