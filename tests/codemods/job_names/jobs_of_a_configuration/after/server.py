import functools

from flask import Flask
from flask_apscheduler import APScheduler


def tick(count):
    print("tick", count)


class Config:
    JOBS = [
        {"id": "one", "func": f"{__name__}:tick", "args": (1,), "trigger": "interval", "seconds": 10},
        {"id": "two", "func": f'{__name__}:tick', "args": (2,), "trigger": "interval", "seconds": 20},
    ]


app = Flask(__name__)
app.config.from_object(Config())


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global scheduler

    scheduler = APScheduler()
    scheduler.init_app(app)
    scheduler.start()
    scheduler.add_job("more", f"{__name__}:tick", args=(3,))


if __name__ == "__main__":
    init_app()
    app.run()
