import enum


class Code(enum.Enum):
    OK = 1
    LATE = 3

    @classmethod
    def _missing_(cls, value):
        if isinstance(value, str):
            return cls[value.upper()]
        if value < 0 or value > 100:
            raise LookupError(value)
        member = object.__new__(cls)
        member._name_ = f"UNKNOWN<{value}>"
        member._value_ = value
        return cls._value2member_map_.setdefault(value, member)
