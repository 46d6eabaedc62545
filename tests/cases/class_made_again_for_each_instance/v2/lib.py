import dataclasses


class Config:
    def __new__(cls, **values):
        made = dataclasses.dataclass(slots=True, eq=False)(cls)
        made.made_from = cls
        instance = object.__new__(made)
        instance.__init__(**values)
        return instance

    def version(self):
        return 2


class Priorities(Config):
    first: list
    second: list

    def kind(self):
        return "priorities 2"


class Settings(Config):
    depth: int
    priorities: Priorities

    def kind(self):
        return "settings 2"


config = Settings(depth=1, priorities=Priorities(first=[], second=[]))
quiet = Settings(depth=6, priorities=Priorities(first=["a"], second=["b"]))
