def ask(call):
    answer = call()
    return answer, number()


def number():
    return 1


def generate():
    yield number()
    yield number()


class C:
    def m(self):
        return 1
