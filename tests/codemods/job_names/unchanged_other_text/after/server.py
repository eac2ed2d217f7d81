from flask import Flask

app = Flask(__name__)
JOBS = ["server:tick", "main:tick"]


if __name__ == "__main__":
    app.run()
