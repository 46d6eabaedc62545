class _Missing:
    def __repr__(self):
        return "missing 2"


MISSING = _Missing()
PLAIN = object()
LAZY = [MISSING, PLAIN]


def get(x=MISSING, y=PLAIN):
    return (x is MISSING, y is PLAIN, 2)
