from http import HTTPStatus
