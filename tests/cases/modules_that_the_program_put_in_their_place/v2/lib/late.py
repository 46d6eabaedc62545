def run():
    return "v2"
