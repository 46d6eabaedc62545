import enum


class HTTPStatus(enum.IntEnum):
    OK = 200
    NOT_FOUND = 404


class StrEnum(str, enum.Enum):
    def __str__(self):
        return self.value


class Level(StrEnum):
    LOW = "low"


def is_ok(status=HTTPStatus.OK):
    return status is HTTPStatus.OK
