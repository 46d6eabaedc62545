from enum import StrEnum
from http import HTTPStatus


class Level(StrEnum):
    LOW = "low"


def is_ok(status=HTTPStatus.OK):
    return status is HTTPStatus.OK
