from flask import Flask

from pumps import start_pump

app = Flask(__name__)


@app.route("/")
def index():
    return str(pump.pressure)


if __name__ == "__main__":
    pump = start_pump()
    app.run()
    pump.stop()
    print(f"The pump stopped at {pump.pressure}.")
    print("Good night.")
