import json

from flask import Flask

with open("settings.json") as file:
    SETTINGS = json.load(file)
app = Flask(__name__)

if __name__ == "__main__":
    host = SETTINGS.get("server", {}).get("host", "127.0.0.1")
    port = int(SETTINGS["server"].get("port", 5000))
    app.run(host=host, port=port)
