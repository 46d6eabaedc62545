import logging
import re
import sys

import shared

stream = sys.__stderr__
log = logging.getLogger("rebound.b")
pattern = re.compile("b+")
TABLE, THING, LOCK = shared.TWO, shared.SECOND, shared.OTHER
