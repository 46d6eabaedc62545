import enum


class HTTPStatus(enum.IntEnum):
    OK = 200
    ODD = 999
