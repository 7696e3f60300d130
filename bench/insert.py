"""What many collectors are: a Flask handler that does one PostgreSQL INSERT and COMMIT, then answers."""

import os
import threading

import psycopg
from flask import Flask, Response, request

DSN_VARIABLE = "BENCH_DSN"


def create_app() -> Flask:
    """Make the app; each thread keeps a connection."""
    app = Flask(__name__, static_folder=None)
    own = threading.local()

    @app.post("/v1/track")
    def insert() -> Response:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(os.environ[DSN_VARIABLE])
        own.connection.execute("insert into events (body) values (%s::jsonb)", [request.get_data(as_text=True)])
        own.connection.commit()
        return Response('{"success": true}', mimetype="application/json")

    return app
