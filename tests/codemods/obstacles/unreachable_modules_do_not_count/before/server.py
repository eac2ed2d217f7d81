from flask import Flask

import pages.front

app = Flask(__name__)
app.register_blueprint(pages.front.blueprint)

if __name__ == "__main__":
    app.run()
