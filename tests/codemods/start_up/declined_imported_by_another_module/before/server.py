from flask import Flask

app = Flask(__name__)


import views

if __name__ == "__main__":
    table = open("t").read()
    app.run()
