from flask import Flask

application = Flask(__name__)
names = []


@application.route("/")
def index():
    return {"names": names}


if __name__ == "__main__":
    names.append("Ada")
    application.run()
