from .a import f, gone
