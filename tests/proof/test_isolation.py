"""What an isolated app can and can't reach, asked from inside; and what is left of it: nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from uncork.errors import ExitStatus, NotProvedError
from uncork.proof import isolation
from uncork.proof.isolation import Task, prepare, run_in_copies, run_isolated

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import RequireTier
    from tests.proof.conftest import MakeTrees

ASK = """
import json, os, socket, sys

def ask(function, *arguments):
    try:
        return str(function(*arguments))
    except OSError as error:
        return type(error).__name__ + ": " + str(error.strerror)

print(json.dumps({name: ask(*question) for name, question in {questions}.items()}))
"""


def inside(trees: MakeTrees, questions: str, files: dict[str, bytes | None] | None = None) -> Any:
    """Run some questions as the app, isolated, and return the answers."""
    app = trees({"server.py": ASK.replace("{questions}", questions)}, {})
    bench = prepare(app.folder, "server.py", "wsgi:create_app", Path(sys.executable))
    run = run_isolated(bench, Task("script", files or {}))
    return json.loads(run.stdout or b"null"), run, app


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
class TestInside:
    def test_there_is_no_network_but_loopback(self, trees: MakeTrees) -> None:
        answers, _, _ = inside(
            trees,
            """{
                "devices": (lambda: sorted(name for _, name in socket.if_nameindex()),),
                "outside": (socket.create_connection, ("192.0.2.1", 80), 5),
                "loopback": (lambda server: socket.create_connection(
                    server.getsockname()).getpeername()[0], socket.create_server(("127.0.0.1", 0))),
                "name": (socket.gethostbyname, "example.org"),
            }""",
        )
        assert answers["devices"] == "['lo']"
        assert answers["outside"] == "OSError: Network is unreachable"
        assert answers["loopback"] == "127.0.0.1"
        assert answers["name"].startswith("gaierror")

    def test_var_and_run_are_empty_and_the_project_stands_at_its_path(
        self, trees: MakeTrees
    ) -> None:
        answers, _, app = inside(
            trees,
            """{
                "var": (lambda: sorted(os.listdir("/var")),),
                "run": (lambda: sorted(os.listdir("/run")),),
                "dev": (lambda: sorted(os.listdir("/dev")),),
                "here": (lambda: os.getcwd(),),
                "file": (lambda: __file__,),
            }""",
        )
        assert answers["var"] == "['run', 'tmp']"
        assert answers["run"] == "['uncork']"
        assert "sda" not in answers["dev"]
        assert answers["here"] == str(app.folder)
        assert answers["file"] == str(app.folder / "server.py")

    def test_writes_reach_neither_the_project_nor_home_nor_the_system(
        self, trees: MakeTrees
    ) -> None:
        answers, run, app = inside(
            trees,
            """{
                "project": (lambda: open("written", "w").write("x"),),
                "home": (lambda: open(os.path.expanduser("~/kept"), "w").write("x"),),
                "removed": (lambda: os.remove(__file__),),
                "tmp": (lambda: open("/tmp/written-by-uncork-test", "w").write("x"),),
                "etc": (lambda: open("/etc/written", "w").write("x"),),
                "sys": (lambda: open("/proc/sys/vm/swappiness", "w").write("60"),),
            }""",
        )
        home = Path(os.environ["HOME"])
        assert answers["etc"].startswith(("OSError: Read-only", "PermissionError"))
        assert answers["sys"].startswith(("OSError: Read-only", "PermissionError"))
        assert [answers[name] for name in ("project", "home", "tmp")] == ["1", "1", "1"]
        assert sorted(path.name for path in app.folder.iterdir()) == ["server.py"]
        assert (home / "kept").read_text() == "as it was"
        assert not Path("/tmp/written-by-uncork-test").exists()  # noqa: S108
        assert {Path(path).name: state == "removed" for path, state in run.written.items()} == {
            "written": False,
            "kept": False,
            "server.py": True,
        }

    def test_it_has_no_power_over_its_isolation(self, trees: MakeTrees) -> None:
        answers, _, _ = inside(
            trees,
            """{
                "user": (os.getuid,),
                "powers": (lambda: open("/proc/self/status").read().split("CapEff:")[1][1:17],),
                "others": (lambda: sorted(int(n) for n in os.listdir("/proc") if n.isdigit()),),
            }""",
        )
        assert answers["user"] == str(os.getuid())
        assert int(answers["powers"], 16) == 0
        assert answers["others"] == "[1, 2]"

    def test_a_change_is_in_the_copy_alone(self, trees: MakeTrees) -> None:
        answers, run, app = inside(
            trees,
            """{"added": (lambda: open("sub/added").read(),), "gone": (lambda: open("gone"),)}""",
            {"sub/added": b"new", "gone": None},
        )
        assert answers["added"] == "new"
        assert answers["gone"].startswith("FileNotFoundError")
        assert run.written == {}
        assert not (app.folder / "sub").exists()

    def test_a_virtual_environment_inside_the_project_is_seen_and_not_copied(
        self, trees: MakeTrees
    ) -> None:
        app = trees({"server.py": "import sys; print(sys.prefix)"}, {})
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", app.folder / ".venv"], check=True
        )
        python = app.folder / ".venv" / "bin" / "python"
        bench = prepare(app.folder, "server.py", "wsgi:create_app", python)
        for run in (run_isolated, run_in_copies):
            found = run(bench, Task("script"))
            assert found.stdout.decode().strip() == str(app.folder / ".venv")


def processes_with(marker: str) -> list[int]:
    """The processes whose command line or environment names something."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                known = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if marker.encode() in known:
                found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


HANGING = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{marker}"])
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{marker}"],
                 start_new_session={detached})
time.sleep(600)
"""


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
def test_a_hanging_app_is_ended_with_all_that_it_started(trees: MakeTrees, tmp_path: Path) -> None:
    marker = f"uncork-hangs-{tmp_path.name}-{os.getpid()}"
    source = HANGING.replace("{marker}", marker).replace("{detached}", "True")
    report = trees({"server.py": source}, {}).verify(seconds=2)
    assert report.status is ExitStatus.NOT_PROVED
    assert "it neither ran an app nor ended in time" in report.unproved[0]
    assert wait_until(lambda: processes_with(marker) == [])


@pytest.mark.process
def test_a_hanging_app_is_ended_without_isolation_too(trees: MakeTrees, tmp_path: Path) -> None:
    marker = f"uncork-hangs-{tmp_path.name}-{os.getpid()}"
    source = HANGING.replace("{marker}", marker).replace("{detached}", "False")
    report = trees({"server.py": source}, {}).verify(seconds=2, isolation="none")
    assert report.status is ExitStatus.NOT_PROVED
    assert wait_until(lambda: processes_with(marker) == [])


def test_without_namespaces_it_is_an_error_that_says_what_to_type(
    trees: MakeTrees, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refusing = tmp_path / "bin"
    refusing.mkdir()
    (refusing / "unshare").write_text(
        "#!/bin/sh\necho 'unshare failed: not permitted' >&2\nexit 1\n"
    )
    (refusing / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{refusing}:{os.environ['PATH']}")
    with pytest.raises(NotProvedError) as caught:
        trees({"server.py": ""}, {}).verify()
    assert caught.value.status is ExitStatus.NOT_PROVED
    assert caught.value.fact.endswith("unshare failed: not permitted")
    assert caught.value.hint.startswith("--isolation=none")


def test_without_unshare_it_is_the_same_error(
    trees: MakeTrees, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = trees({"server.py": ""}, {})
    bench = prepare(app.folder, "server.py", "wsgi:create_app", Path(sys.executable))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotProvedError, match="there is no unshare"):
        run_isolated(bench, Task("script"))


def let_others_in(folder: Path) -> None:
    """Pytest's folders are closed to other users."""
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent.name.startswith(
            ("pytest-", folder.name)
        ):
            parent.chmod(parent.stat().st_mode | 0o011)


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
def test_an_ordinary_user_is_isolated_as_well(
    trees: MakeTrees, tmp_path: Path, require_tier: RequireTier
) -> None:
    python = "/usr/bin/python3"
    if os.geteuid() != 0:
        pytest.skip("not root: the other tests have run so")
    if not Path(python).exists():
        require_tier("isolation", f"no {python} that another user can run")
    source = 'import os; open("written", "w"); print(os.getuid(), os.listdir("/var"))'
    app = trees({"server.py": source}, {})
    for path in (app.folder, *app.folder.iterdir(), *Path(os.environ["HOME"]).iterdir()):
        shutil.chown(path, 65534, 65534)
    shutil.chown(os.environ["HOME"], 65534, 65534)
    package = tmp_path / "lib"
    shutil.copytree(Path(isolation.__file__).parent.parent, package / "uncork")
    let_others_in(tmp_path)
    script = f"""
import sys
sys.path.insert(0, {str(package)!r})
from pathlib import Path
from uncork.proof.isolation import Task, prepare, run_isolated
bench = prepare(Path({str(app.folder)!r}), "server.py", "wsgi:app", Path({python!r}))
run = run_isolated(bench, Task("script"))
print(run.stdout.decode(), sorted(run.written), run.stderr.decode())
"""
    done = subprocess.run(
        [python, "-c", script],
        user=65534,
        group=65534,
        extra_groups=[],
        cwd=app.folder,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "65534 ['tmp', 'run']" in done.stdout
    assert f"['{app.folder}/written']" in done.stdout
    assert not (app.folder / "written").exists()


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
def test_root_runs_the_app_as_the_owner_of_its_folder(trees: MakeTrees, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    app = trees({"server.py": 'import os; open("written", "w"); print(os.getuid())'}, {})
    for path in (app.folder, *app.folder.iterdir()):
        shutil.chown(path, 65534, 65534)
    let_others_in(tmp_path)
    bench = prepare(app.folder, "server.py", "wsgi:app", Path("/usr/bin/python3"))
    for run in (run_isolated, run_in_copies):
        found = run(bench, Task("script"))
        assert found.stdout.decode().strip() == "65534", found.stderr
        assert set(found.written) == {str(app.folder / "written")}


LAYERS = """
import os, sys
from pathlib import Path
from uncork.proof.isolation import Task, prepare, run_isolated
from uncork.proof.mounts import mount

folder, layers = Path(sys.argv[1]), Path(sys.argv[2])
# Overlays can't be stacked higher than this: FILESYSTEM_MAX_STACK_DEPTH in linux/fs.h.
for name in ("one", "two"):
    for part in ("upper", "work"):
        (layers / name / part).mkdir(parents=True)
    data = f"lowerdir={folder},upperdir={layers}/{name}/upper,workdir={layers}/{name}/work"
    mount("overlay", folder, "overlay", 0, data)
run = run_isolated(prepare(folder, "server.py", "wsgi:app", Path(sys.executable)), Task("script"))
print(run.stdout.decode(), sorted(run.written.items()), sorted(os.listdir(folder)))
"""


@pytest.mark.isolation
@pytest.mark.usefixtures("isolated")
def test_a_folder_that_can_not_be_overlaid_is_copied(trees: MakeTrees, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can stack overlays here")
    source = 'import os; open("made", "w"); os.remove("gone"); print(open("kept").read())'
    app = trees({"server.py": source, "kept": "as it was", "gone": ""}, {})
    layers = tmp_path / "layers"
    layers.mkdir()
    inside = [sys.executable, "-c", LAYERS, str(app.folder), str(layers)]
    mounted = ["sh", "-c", 'mount -t tmpfs x "$0" && exec "$@"', str(layers), *inside]
    done = subprocess.run(
        ["unshare", "--mount", *mounted],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("as it was\n")
    assert f"'{app.folder}/gone', 'removed'" in done.stdout
    assert f"'{app.folder}/made'" in done.stdout
    assert done.stdout.endswith("['gone', 'kept', 'server.py']\n")
