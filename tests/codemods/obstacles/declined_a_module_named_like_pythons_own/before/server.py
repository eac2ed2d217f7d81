from flask import Flask

import secrets
from profile.views import profile

app = Flask(__name__)
app.secret_key = secrets.KEY
app.register_blueprint(profile)

if __name__ == "__main__":
    app.run()
