import sys

import other

sys.modules[__name__ + ".vendored"] = other
