A = 1
B = {"x": 1, "y": 2}


class C:
    a = 1
