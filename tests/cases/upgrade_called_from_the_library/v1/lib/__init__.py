def call(function):
    result = function()
    return (result, tail())


def tail():
    return 1
