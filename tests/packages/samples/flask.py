import flask
import flask.views

signals = []


class View(flask.views.MethodView):
    def get(self, n):
        return flask.jsonify(n=n, hits=flask.current_app.config["HITS"], g=flask.g.user)


class App(flask.Flask):
    """A subclass outside, with an instance."""


def hold():
    app = App("sample")
    app.config.update(HITS=1, SECRET_KEY="secret", TESTING=True)
    blueprint = flask.Blueprint("b", "sample", url_prefix="/b")
    blueprint.add_url_rule("/<int:n>", view_func=View.as_view("view"))

    @app.before_request
    def user():
        flask.g.user = flask.session.setdefault("user", "me")

    @app.errorhandler(404)
    def missing(error):
        return "missing", 404

    @app.template_filter("twice")
    def twice(text):
        return text * 2

    @app.cli.command("hits")
    def hits():
        print("hits", flask.current_app.config["HITS"])

    app.register_blueprint(blueprint)
    flask.request_started.connect(lambda *_, **__: signals.append(1), weak=False)
    client = app.test_client()
    assert client.get("/b/1").json == {"n": 1, "hits": 1, "g": "me"}
    return app, blueprint, client, flask.request, app.app_context()


def use(held):
    app, blueprint, client, request, context = held
    app.config["HITS"] = 2
    assert client.get("/b/2").json == {"n": 2, "hits": 2, "g": "me"} and client.get("/none").data == b"missing"
    assert len(signals) == 3 and request is flask.request and isinstance(blueprint, flask.Blueprint)
    with app.test_request_context("/b/3?x=1"):
        assert flask.request.args["x"] == "1" and flask.url_for("b.view", n=3) == "/b/3"
        assert flask.render_template_string("{{ x|twice }}{{ request.path }}", x="a") == "aa/b/3"
    with context:
        assert flask.current_app.name == "sample"
    assert app.test_cli_runner().invoke(args=["hits"]).output == "hits 2\n" and type(app) is App
