class Session:
    def get(self, url, timeout=None, **options):
        return url


def poll(settings):
    while True:
        yield settings.get("timeout")
