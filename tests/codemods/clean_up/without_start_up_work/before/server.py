from flask import Flask

app = Flask(__name__)
db = open('db')


if __name__ == "__main__":
    app.run()
    db.close()
