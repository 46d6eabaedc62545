class Left:
    def who(self):
        return ["left2"]

    def left(self):
        return 2


class Right:
    def who(self):
        return ["right2"]


class Top(Left):
    def who(self):
        return ["top2", *super().who()]
