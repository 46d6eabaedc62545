from ..new import x as x
