from .. import util
from ..util.text import shout as loud


def run():
    return loud(util.NAME)
