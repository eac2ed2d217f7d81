from flask import Flask
from flask_sock import Sock

app = Flask(__name__)
sock = Sock(app)


@sock.route("/echo")
def echo(connection):
    connection.send(connection.receive())


if __name__ == "__main__":
    app.run()
