class Settings:
    def __init__(self):
        self.host = "a"
        self.port = 2
        self.added = 4


SHOWN = vars(Settings())
COPIED = vars(Settings()).copy()
kept = Settings()
LIVE = vars(kept)
