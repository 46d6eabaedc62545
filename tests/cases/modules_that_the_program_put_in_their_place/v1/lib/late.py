def run():
    return "v1"
