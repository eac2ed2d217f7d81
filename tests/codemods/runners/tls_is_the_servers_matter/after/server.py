import functools
import ssl

from flask import Flask

app = Flask(__name__)
table = {}


@app.route("/")
def index():
    return table


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    table["answer"] = 42


if __name__ == "__main__":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.crt", "server.key")
    init_app()
    app.run(ssl_context=context)
