"""A live object holds a copy of a table of defaults that the release extends: the copy gets the new entries."""

import lib


def hold():
    app = lib.App()
    app.config["DEBUG"] = True
    return app, app.config


def check(held, report):
    app, config = held
    assert app.limit() == 500 and app.config is config and config["KEYS"] == ("a", "b") and config["DEBUG"] is True
    assert report is None or any("lib.App.defaults" in note for note in report.notes)
