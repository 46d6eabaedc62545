import colorsys
import wave


def f():
    return (colorsys.ONE_THIRD, wave.__name__, 2)
