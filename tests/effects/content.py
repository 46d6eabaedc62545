"""What is installed of a release: all but its metadata, which the tests make, and compiled modules, which are not upgraded."""


def is_content(path):
    return ".dist-info/" not in path and "__pycache__" not in path and not path.endswith((".so", ".pyd"))
