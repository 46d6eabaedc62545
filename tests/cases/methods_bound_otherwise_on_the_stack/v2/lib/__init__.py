class Thing:
    @staticmethod
    def to_static(value="nothing"):
        return f"static, {value}"
