"""What an app does by chance is no difference, and hides none."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uncork.errors import ExitStatus
from uncork.proof.noise import Noise, learn, matches

if TYPE_CHECKING:
    from tests.proof.conftest import MakeTrees

NOISY = """
import os, random, secrets, threading, time, uuid
from datetime import datetime
from flask import Flask, Response, jsonify, session

app = Flask(__name__)
app.secret_key = os.urandom(16)
app.config["STARTED"] = time.time()
tags = {object() for _ in range(3)}
names = {id(tag): name for tag, name in zip(tags, "abc")}


@app.route("/")
def index():
    return "<p>It is %s.</p><p>The build is 7.</p>" % datetime.now()


@app.route("/id")
def identifier():
    return jsonify(id=str(uuid.uuid4()), token=secrets.token_hex(4), fixed=[1, 2, 3])


@app.route("/order")
def order():
    return " ".join(random.sample(["a", "b", "c", "d"], 4))


@app.route("/objects")
def objects():
    return ",".join(names[id(tag)] for tag in tags) + "\\n" + repr(object())


@app.route("/die")
def die():
    # Often the same twice, which asks for more runs; ten times in a row, never.
    return str(random.randrange(20))


@app.route("/session")
def remember():
    session["seen"] = time.time()
    return Response("ok", headers={"ETag": '"%s"' % uuid.uuid4(), "X-Time": str(time.time())})


def work():
    time.sleep(random.random() / 50)


for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
{hook}
if __name__ == "__main__":
    {call}app.run()
"""
ENTRY = (
    "def create_app():\n    from server import app, init_app\n\n    init_app()\n    return app\n"
)


def texts() -> st.SearchStrategy[str]:
    return st.text(alphabet="ab12 <>:.\n", max_size=30)


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize("_run", range(5))
def test_an_app_full_of_chance_raises_no_alarm(_run: int, trees: MakeTrees) -> None:
    old = NOISY.replace("{hook}", "").replace("{call}", "")
    hook = '\n\ndef init_app():\n    """Nothing to do."""\n\n'
    new = NOISY.replace("{hook}", hook).replace("{call}", "init_app()\n    ")
    report = trees({"server.py": old}, {"server.py": new, "wsgi.py": ENTRY}).verify()
    assert [difference.sentence for difference in report.differences] == []
    assert report.status is ExitStatus.DONE
    assert "answer GET /id body" in report.noise


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
def test_what_stands_beside_the_noise_is_still_compared(trees: MakeTrees) -> None:
    old = NOISY.replace("{hook}", "").replace("{call}", "")
    new = old.replace("The build is 7.", "The build is 8.")
    entry = ENTRY.replace(", init_app\n\n    init_app()", "")
    report = trees({"server.py": old}, {"server.py": new, "wsgi.py": entry}).verify()
    assert report.status is ExitStatus.DIFFERS
    assert all(difference.field.name == "GET /" for difference in report.differences)


@given(st.lists(texts(), min_size=2, max_size=4))
def test_what_was_seen_is_accepted(samples: list[str]) -> None:
    noise = Noise(tuple(samples))
    assert all(noise.accepts(sample) for sample in samples)
    assert all(matches(learn(samples), sample) for sample in samples)


def test_a_steady_text_accepts_no_other() -> None:
    assert not Noise(("ten", "ten")).accepts("eleven")
    assert not Noise(("ten", "ten")).accepts(None)


def test_a_moment_is_one_word_so_that_its_minute_may_change() -> None:
    noise = Noise(("at 12:00:58 in Bonn", "at 12:00:59 in Bonn"))
    assert noise.accepts("at 12:01:02 in Bonn")
    assert not noise.accepts("at 12:01:02 in Rome")


def test_another_order_of_the_same_words_is_noise() -> None:
    noise = Noise(('["a", "b", "c"]', '["c", "a", "b"]'))
    assert noise.accepts('["b", "c", "a"]')
    assert not noise.accepts('["b", "c", "d"]')


def test_random_bytes_share_backslashes_by_chance_alone() -> None:
    noise = Noise((repr(b"\x01\x02\x03"), repr(b"\x04\x05\x06")))
    assert noise.accepts(repr(b"abc"))


def test_a_number_between_two_moments_is_still_compared() -> None:
    noise = Noise(("<p>12:01</p><p>7</p><p>12:02</p>", "<p>12:03</p><p>7</p><p>12:04</p>"))
    assert noise.accepts("<p>12:05</p><p>7</p><p>12:06</p>")
    assert not noise.accepts("<p>12:05</p><p>8</p><p>12:06</p>")


def test_what_is_sometimes_absent_is_not_judged() -> None:
    assert Noise(("a", None)).accepts("b")


def test_a_large_body_is_learned_in_time() -> None:
    choice = random.Random(7)  # noqa: S311 - no secret
    pages = [
        "\n".join(f"<li>{i} {uuid.UUID(int=choice.getrandbits(128))}</li>" for i in range(1000))
        for _ in range(3)
    ]
    assert Noise(tuple(pages[:2])).accepts(pages[2])
