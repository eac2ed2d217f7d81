from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    app.run()


def report():
    open("report.txt", "w").close()


report()
