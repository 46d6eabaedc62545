import platformdirs
import platformdirs.unix


class Dirs(platformdirs.PlatformDirs):
    """A subclass outside, with an instance."""

    def mine(self):
        return self.user_data_dir + "/mine"


def hold():
    return (
        platformdirs.PlatformDirs("app", "me", version="1"),
        Dirs("app"),
        platformdirs.user_cache_dir,
        platformdirs.unix.Unix("x", ensure_exists=False),
    )


def use(held):
    dirs, mine, cache, unix = held
    assert dirs.user_cache_dir.endswith("app/1") and mine.mine().endswith("app/mine") and cache("z").endswith("z")
    assert type(dirs) is platformdirs.PlatformDirs and isinstance(unix, platformdirs.api.PlatformDirsABC)
    assert str(dirs.user_config_path) == dirs.user_config_dir and unix.user_log_dir.endswith("x/log")
    assert platformdirs.user_data_dir("q").endswith("q") and platformdirs.AppDirs("r").user_data_dir.endswith("r")
