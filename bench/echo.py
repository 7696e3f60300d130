"""The bar to measure against: a Flask app that gives back what it got, and stores nothing."""

from flask import Flask, Response, request


def create_app() -> Flask:
    """Make the echo."""
    app = Flask(__name__, static_folder=None)

    @app.post("/v1/track")
    def echo() -> Response:
        return Response(request.get_data(), mimetype="application/json")

    return app
