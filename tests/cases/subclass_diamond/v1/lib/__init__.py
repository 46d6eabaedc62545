class Left:
    def who(self):
        return ["left1"]

    def left(self):
        return 1


class Right:
    def who(self):
        return ["right1"]


class Top(Left):
    def who(self):
        return ["top1", *super().who()]
