import nobody_has_this  # noqa: F401

words = ["stays", 2]
