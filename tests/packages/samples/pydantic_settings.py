import os
import pathlib
import tempfile
import typing

import pydantic
import pydantic_settings
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class Fixed(PydanticBaseSettingsSource):
    """A source of the program."""

    def get_field_value(self, field, field_name):
        return {"host": "fixed"}.get(field_name), field_name, False

    def __call__(self):
        return {key: value for key in self.settings_cls.model_fields if (value := self.get_field_value(None, key)[0])}


class Nested(pydantic.BaseModel):
    a: int = 1
    b: str = "b"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SAMPLE_", env_nested_delimiter="__", env_file=None, extra="ignore")

    host: str = "default"
    port: int = 1
    nested: Nested = Nested()
    names: typing.Annotated[list[str], pydantic_settings.NoDecode] = []

    @pydantic.field_validator("names", mode="before")
    @classmethod
    def split(cls, value):
        return value.split(",") if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
    ):
        return init_settings, env_settings, dotenv_settings, Fixed(settings_cls)


def hold():
    os.environ.update({"SAMPLE_PORT": "8", "SAMPLE_NESTED__A": "5", "SAMPLE_NAMES": "x,y"})
    settings = Settings()
    assert (settings.host, settings.port, settings.nested.a, settings.names) == ("fixed", 8, 5, ["x", "y"])
    return (
        settings,
        Settings,
        pydantic_settings.EnvSettingsSource(Settings),
        {BaseSettings: "base"},
        Settings.model_config,
        pydantic_settings.SettingsError,
    )


def use(held):
    settings, cls, source, table, config, error = held
    assert type(settings) is cls is Settings and isinstance(settings, BaseSettings) and settings.names == ["x", "y"]
    os.environ["SAMPLE_PORT"] = "9"
    again = cls(host="given")
    assert (again.host, again.port, again.nested.b) == ("given", 9, "b") and table[BaseSettings] == "base"
    with tempfile.TemporaryDirectory() as work:
        file = pathlib.Path(work) / ".env"
        file.write_text("SAMPLE_HOST=file\nSAMPLE_NESTED__B=deep\n")
        read = cls(_env_file=file)
    assert (read.host, read.nested.a, read.nested.b) == ("file", 5, "deep") and config["env_prefix"] == "SAMPLE_"
    assert (
        isinstance(source, PydanticBaseSettingsSource)
        and source()["port"] == "8"
        and source.env_nested_delimiter == "__"
    )
    os.environ["SAMPLE_NESTED"] = "{no json"
    try:
        cls()
    except error as raised:
        assert isinstance(raised, pydantic_settings.SettingsError)
    else:
        raise AssertionError("no error")
    for name in [name for name in os.environ if name.startswith("SAMPLE_")]:
        del os.environ[name]

    class Late(cls):
        late: int = 3

    assert Late().late == 3 and Late().host == "fixed"
