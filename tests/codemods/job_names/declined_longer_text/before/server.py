from flask import Flask

app = Flask(__name__)
LINE = "run __main__:tick"
JOBS = ["__main__:" "tick", r"__main__:tick", "__main__.tick"]


if __name__ == "__main__":
    app.run()
