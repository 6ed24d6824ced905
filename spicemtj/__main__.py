"""`python -m spicemtj`."""

import sys

from .cli import main

sys.exit(main())
