A = 1
B = {"x": 1, "y": 2, "z": 3}


class C:
    a = 1
    b = 2
