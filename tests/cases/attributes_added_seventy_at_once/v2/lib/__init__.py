class Plain:
    def __init__(self, x):
        self.x = x
        (
            self.a0, self.a1, self.a2, self.a3, self.a4, self.a5, self.a6, self.a7, self.a8, self.a9,
            self.a10, self.a11, self.a12, self.a13, self.a14, self.a15, self.a16, self.a17, self.a18, self.a19,
            self.a20, self.a21, self.a22, self.a23, self.a24, self.a25, self.a26, self.a27, self.a28, self.a29,
            self.a30, self.a31, self.a32, self.a33, self.a34, self.a35, self.a36, self.a37, self.a38, self.a39,
            self.a40, self.a41, self.a42, self.a43, self.a44, self.a45, self.a46, self.a47, self.a48, self.a49,
            self.a50, self.a51, self.a52, self.a53, self.a54, self.a55, self.a56, self.a57, self.a58, self.a59,
            self.a60, self.a61, self.a62, self.a63, self.a64, self.a65, self.a66, self.a67, self.a68, self.a69,
        ) = range(70)

    def ends(self):
        return self.x, self.a0, self.a63, self.a64, self.a69


class Slotted:
    __slots__ = ("x", "__dict__")

    def __init__(self, x):
        self.x = x
        (
            self.a0, self.a1, self.a2, self.a3, self.a4, self.a5, self.a6, self.a7, self.a8, self.a9,
            self.a10, self.a11, self.a12, self.a13, self.a14, self.a15, self.a16, self.a17, self.a18, self.a19,
            self.a20, self.a21, self.a22, self.a23, self.a24, self.a25, self.a26, self.a27, self.a28, self.a29,
            self.a30, self.a31, self.a32, self.a33, self.a34, self.a35, self.a36, self.a37, self.a38, self.a39,
            self.a40, self.a41, self.a42, self.a43, self.a44, self.a45, self.a46, self.a47, self.a48, self.a49,
            self.a50, self.a51, self.a52, self.a53, self.a54, self.a55, self.a56, self.a57, self.a58, self.a59,
            self.a60, self.a61, self.a62, self.a63, self.a64, self.a65, self.a66, self.a67, self.a68, self.a69,
        ) = range(70)

    def ends(self):
        return self.x, self.a0, self.a63, self.a64, self.a69
