"""Finds jobs by their names, as schedulers do."""
import importlib


class Ticker:
    def __init__(self):
        self.jobs = []

    def init_app(self, app):
        for job in app.config["JOBS"]:
            module, _, name = job["func"].partition(":")
            self.jobs.append((getattr(importlib.import_module(module), name), job.get("args", ())))

    def tick(self):
        return [function(*args) for function, args in self.jobs]
