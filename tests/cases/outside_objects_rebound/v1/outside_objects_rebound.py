import logging
import re
import sys

import shared

stream = sys.__stdout__
log = logging.getLogger("rebound.a")
pattern = re.compile("a+")
TABLE, THING, LOCK = shared.ONE, shared.FIRST, shared.LOCK
