"""Installing: an app of an ordinary user's becomes a service that answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.conftest import Projects
    from tests.system.machine import Machine

pytestmark = pytest.mark.system


def test_a_script_as_it_is_becomes_a_service(machine: Machine, project: Projects) -> None:
    greeter = project("greeter", port=5300)
    done = greeter.service("install", greeter.script, "--yes", "--", "--limit", "3", "--shout")
    assert "http://127.0.0.1:5300/ answers 200" in done.stdout
    assert greeter.ask("/hello/ada") == (200, "HELLO, ADA!")
    assert "The last 3 are shown." in greeter.ask("/")[1]
    shown = machine.show("greeter.service", "User", "UnitFileState", "ExecStart")
    assert (shown["User"], shown["UnitFileState"]) == ("ada", "enabled")
    assert f"{greeter.folder}/.venv/bin/python" in shown["ExecStart"]
    assert machine.run("stat", "-c", "%U", f"{greeter.folder}/greeter.db").stdout == "ada\n"


def test_a_migrated_app_below_home_becomes_a_service(machine: Machine, project: Projects) -> None:
    book = project("guestbook", port=5310, under="/home/ada")
    machine.run("chmod", "700", "/home/ada")
    arguments = ("--limit", "2", "--greeting", 'a "b" $c %d \\e')
    book.service("install", book.folder, "--yes", "--", *arguments)
    assert book.ask("/hello/ada") == (200, 'a "b" $c %d \\e, ada!')
    assert "The last 2 are shown." in book.ask("/")[1]


def test_settings_are_for_root_and_the_service_alone(machine: Machine, project: Projects) -> None:
    book = project("guestbook", port=5310)
    done = book.service("install", book.folder, "--yes", "--", "--greeting", "Grazie")
    listed = machine.run("stat", "-c", "%a %U %n", "/etc/uncork/guestbook.env").stdout
    assert listed == "600 root /etc/uncork/guestbook.env\n"
    assert "FLASK_GREETING=Grazie" in done.stderr
    pid = machine.show("guestbook.service", "MainPID")["MainPID"]
    assert "Grazie" not in machine.run("cat", f"/proc/{pid}/cmdline").stdout
    assert "Grazie" not in machine.run("systemctl", "cat", "guestbook.service").stdout
    environment = machine.run("cat", f"/proc/{pid}/environ", user="pi", check=False)
    assert environment.returncode != 0


def test_the_scripts_own_port_option_moves_the_socket(project: Projects) -> None:
    greeter = project("greeter", port=5377)
    greeter.service("install", greeter.script, "--yes", "--", "--port", "5377")
    assert greeter.ask("/hello/ada")[0] == 200


def test_a_port_below_1024_needs_no_right_of_the_app(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=80)
    probe.service("install", probe.script, "--port", "80", "--yes")
    uid = int(machine.run("id", "-u", "ada").stdout)
    assert probe.ask_json("/")["user"] == uid


def test_arguments_arrive_as_they_were_typed(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400, under="/srv", name="odd %n $HOME 'name'")
    words = ["$HOME", "${PATH}", "100%", "%n", "a b", "it's", '"quoted"', "back\\slash", "", ";",
             "tab\there", "line\nend", "é", "--x=$$y", "~"]  # fmt: skip
    refused = probe.service("install", probe.script, "--name", "odd", "--yes", check=False)
    assert "its path has a dollar sign" in refused.stderr
    python = ("--python", "/opt/flask/bin/python")
    probe.service("install", probe.script, *python, "--name", "odd", "--yes", "--", *words)
    assert probe.ask_json("/")["argv"] == [probe.script, *words]
    assert machine.show("odd.service", "WorkingDirectory")["WorkingDirectory"] == probe.folder
    assert probe.ask_json("/visit") == {"visits": 1}


def test_status_list_and_logs_tell_about_it(project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.folder, "--yes", "--json")
    status = json.loads(probe.service("status", probe.folder, "--json").stdout)["service"]
    assert status["state"] == "active (running)"
    assert status["survives_reboot"] is True
    assert status["answered"] == 200
    assert status["is_well"] is True
    listed = json.loads(probe.service("list", "--json").stdout)["services"]
    assert [(found["name"], found["target"]) for found in listed] == [("probe", probe.script)]
    assert "GET / HTTP/1.1" in probe.service("logs", "probe", "-n", "20").stdout


def test_installing_again_changes_nothing_but_the_process(project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    before = probe.ask_json("/")["pid"]
    again = probe.service("install", probe.script, "--yes")
    assert "the units are the same" in again.stderr
    assert probe.ask_json("/")["pid"] != before


def test_the_interpreter_may_have_uncork_of_its_own(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    packages = f"{probe.folder}/.venv/lib/python3*/site-packages/"
    machine.run("sh", "-c", f"cp -r /opt/uncork/lib/python3*/site-packages/* {packages}")
    probe.service("install", probe.script, "--yes")
    assert "-m uncork.serve" in machine.show("probe.service", "ExecStart")["ExecStart"]
    assert probe.ask("/")[0] == 200


def test_a_project_of_roots_runs_as_a_user_of_its_own(machine: Machine, project: Projects) -> None:
    shop = project("failing", port=5430, owner="root")
    machine.run("sed", "-i", 's/app.config.*/"well"/', shop.script)
    shop.service("install", shop.script, "--yes")
    shown = machine.show("failing.service", "DynamicUser", "MainPID")
    assert shown["DynamicUser"] == "yes"
    owner = machine.run("stat", "-c", "%u", f"/proc/{shown['MainPID']}").stdout
    assert int(owner) >= 61184  # DynamicUser's range: systemd.exec(5)
    assert shop.ask("/") == (200, "well")
