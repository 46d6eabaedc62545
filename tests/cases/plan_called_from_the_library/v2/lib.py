def ask(call):
    answer = call()
    assert answer
    return answer, number()


def number():
    return 2


def generate():
    yield number()
    yield number()


class C:
    def m(self):
        return 2
