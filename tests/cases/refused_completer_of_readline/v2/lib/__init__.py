import readline


class Completer:
    def complete(self, text, state):
        return f"{text}2" if state == 0 else None


readline.set_completer(Completer().complete)
readline.set_completer_delims(" 2")

raise RuntimeError("too new")
