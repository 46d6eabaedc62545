import sys

from lib import Board

sys.modules[__name__] = Board()
