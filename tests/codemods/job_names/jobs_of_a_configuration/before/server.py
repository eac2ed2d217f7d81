from flask import Flask
from flask_apscheduler import APScheduler


def tick(count):
    print("tick", count)


class Config:
    JOBS = [
        {"id": "one", "func": "__main__:tick", "args": (1,), "trigger": "interval", "seconds": 10},
        {"id": "two", "func": '__main__:tick', "args": (2,), "trigger": "interval", "seconds": 20},
    ]


app = Flask(__name__)
app.config.from_object(Config())

if __name__ == "__main__":
    scheduler = APScheduler()
    scheduler.init_app(app)
    scheduler.start()
    scheduler.add_job("more", "__main__:tick", args=(3,))
    app.run()
