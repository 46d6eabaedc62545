import dataclasses


class Config:
    def __new__(cls, **values):
        made = dataclasses.dataclass(slots=True, eq=False)(cls)
        made.made_from = cls
        instance = object.__new__(made)
        instance.__init__(**values)
        return instance

    def version(self):
        return 1


class Priorities(Config):
    first: list

    def kind(self):
        return "priorities 1"


class Settings(Config):
    depth: int
    priorities: Priorities

    def kind(self):
        return "settings 1"


config = Settings(depth=1, priorities=Priorities(first=[]))
quiet = Settings(depth=5, priorities=Priorities(first=["a"]))
