from lib import sub
from lib.sub import moved


class C:
    pass
