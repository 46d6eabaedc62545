import sys

import other

sys.modules[__name__ + ".vendored"] = other


def gone():
    return 1
