class Settings:
    def __init__(self):
        self.host = "a"
        self.port = 1
        self.old = 3


SHOWN = vars(Settings())
COPIED = vars(Settings()).copy()
kept = Settings()
LIVE = vars(kept)
