from flask import Flask, request

app = Flask(__name__)
hosts = []


def remember():
    hosts.append(request.host)


@app.before_first_request
def first():
    remember()


if __name__ == "__main__":
    app.run()
