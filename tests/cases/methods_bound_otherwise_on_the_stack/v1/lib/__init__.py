class Thing:
    def to_static(self, value="nothing"):
        return f"method, {value}"
