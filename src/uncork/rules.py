"""Every rule that a diagnostic can carry: the source of `uncork explain` and of its docs page.

1xx: findings of check. 2xx: declined by migrate. 3xx: notes of a plan. 4xx: service.
"""

from __future__ import annotations

from uncork.diagnostics import Rule, Severity

WARNING, DECLINED, NOTE = Severity.WARNING, Severity.DECLINED, Severity.NOTE

# --- 1xx: what stands between an app and production -----------------------------------

START_UP_IN_MAIN = Rule(
    "UNC101",
    "start-up-in-main",
    WARNING,
    "start-up work stands in the main block",
    "A WSGI server imports the module and never runs its main block, so this work is not done: "
    "names stay unbound, tables are missing, threads do not start.",
    "`uncork migrate` moves it to a start-up hook; `uncork serve` runs the script as it is.",
)
OPTIONS_IN_MAIN = Rule(
    "UNC102",
    "options-in-main",
    WARNING,
    "options are read from the command line alone",
    "Under a WSGI server the command line is the server's. Settings must have another way in: "
    "a config file and the environment.",
    "`uncork migrate` turns them into app.config settings; the command line goes on working.",
)
NAME_FROM_MAIN = Rule(
    "UNC103",
    "name-from-main",
    WARNING,
    "a function reads a name that only the main block binds",
    "Imported by a WSGI server, the name does not exist: the first request ends in a NameError.",
    "`uncork migrate` binds it in the start-up hook, or reads the setting from app.config.",
)
CLEAN_UP_IN_MAIN = Rule(
    "UNC104",
    "clean-up-in-main",
    WARNING,
    "clean-up stands behind the run call",
    "A WSGI server never comes back to it: connections stay open, children stay alive.",
    "`uncork migrate` registers it with atexit.",
)
NO_ENTRY_POINT = Rule(
    "UNC105",
    "no-entry-point",
    WARNING,
    "there is no entry point for a WSGI server",
    "Servers want a module with an application factory, and importing this script is not enough.",
    "`uncork migrate` writes wsgi.py with create_app().",
)
UNGUARDED_RUN = Rule(
    "UNC106",
    "unguarded-run",
    WARNING,
    "the app is run as soon as the module is imported",
    "A WSGI server that imports the module blocks for ever: the development server "
    "starts inside it.",
    'Put the run call behind `if __name__ == "__main__":`; `uncork serve` runs it as it is.',
)
DEBUG_MODE = Rule(
    "UNC107",
    "debug-mode",
    NOTE,
    "the run call switches debug mode on",
    "The debugger lets whoever reaches an error page run code. `uncork serve` forces it off; "
    "`python` with the script does not.",
    "Remove debug=True, or make it an option.",
)
OPEN_HOST = Rule(
    "UNC108",
    "open-host",
    NOTE,
    "the run call listens on every network interface",
    "Whoever can reach the machine can reach the app without the proxy in front of it.",
    "Say --host 127.0.0.1 where a reverse proxy stands in front.",
)
SECRET_IN_SOURCE = Rule(
    "UNC109",
    "secret-in-source",
    NOTE,
    "a secret key stands in the source",
    "Whoever reads the repository can forge the app's sessions.",
    "Read it from the environment.",
)
REMOVED_API = Rule(
    "UNC110",
    "removed-api",
    WARNING,
    "an API is used that newer versions of Flask have removed",
    "The app does not start, or fails at the first request, on the newer version.",
    "Pin the version of Flask that it was written for, or replace the call.",
)
NO_SERVER_REQUIREMENT = Rule(
    "UNC111",
    "no-server-requirement",
    WARNING,
    "no WSGI server stands among the requirements",
    "On the next machine the app is installed without what serves it.",
    "`uncork migrate` adds waitress.",
)
MISSPELT_GUARD = Rule(
    "UNC112",
    "misspelt-guard",
    WARNING,
    "a main guard is never true",
    "There is no `__init__` at module level: the line ends the program with a NameError.",
    'Write `if __name__ == "__main__":`.',
)
CHANGED_GLOBAL = Rule(
    "UNC113",
    "changed-global",
    NOTE,
    "a request changes what a module keeps for all requests",
    "Each process of a server has the modules' names for itself: with several, the answer depends "
    "on which one is asked, and a restart forgets it. In one process, threads change it at the "
    "same time.",
    "Serve it in one process, as `uncork serve` does unless told otherwise, and guard it by a "
    "lock; or keep it in a database.",
)
BACKGROUND_WORK = Rule(
    "UNC114",
    "background-work",
    NOTE,
    "a thread or a process is started beside the server",
    "It runs once in each process that serves the app: with four, four of them do the same work. "
    "A thread does not survive the fork of a server that loads the app first (gunicorn --preload).",
    "Serve the app in one process, or give the work a service of its own.",
)
SCHEDULER = Rule(
    "UNC115",
    "scheduler",
    NOTE,
    "a scheduler runs inside the app",
    "It runs once in each process that serves the app: with four, each job is done four times. "
    "A server's restart ends a job that is running.",
    "Serve the app in one process, or run the jobs from a service or a timer of their own.",
)
RELATIVE_PATH = Rule(
    "UNC116",
    "relative-path",
    NOTE,
    "a file is looked for in the current folder",
    "The current folder is the one that the server was started from, which need not be the "
    "script's: the file is not found, or another one is.",
    "Start from the script's own place: `Path(__file__).parent / NAME`. `uncork service` starts "
    "the app in the script's folder.",
)
WRITES_BESIDE_CODE = Rule(
    "UNC117",
    "writes-beside-code",
    NOTE,
    "the app writes where its code stands",
    "In production the code's folder is often read-only, replaced by the next deployment, or "
    "somebody else's.",
    "Write to a folder that a setting names, such as one below /var/lib. `uncork service` lets the "
    "app write beside its code only if its user may.",
)
MAIN_MODULE_STRING = Rule(
    "UNC118",
    "main-module-string",
    WARNING,
    "a text names the module __main__",
    "Under a WSGI server __main__ is the server: what is looked up there is not found.",
    'Write `f"{__name__}:NAME"`, which is right as a script and imported.',
)
MISSING_REQUIREMENT = Rule(
    "UNC119",
    "missing-requirement",
    WARNING,
    "a module is imported that no requirements file names",
    "On the next machine the app does not start: the import fails.",
    "Add it to the requirements.",
)
UNQUOTED_SETTING = Rule(
    "UNC120",
    "unquoted-setting",
    WARNING,
    "a text in a config file has no quotes",
    "config.py is Python: a word without quotes is a name that does not exist.",
    "Put the value in quotes.",
)
CONFIG_ATTRIBUTE = Rule(
    "UNC121",
    "config-attribute",
    WARNING,
    "a setting is read as an attribute of app.config",
    "app.config is a dictionary: the line ends in an AttributeError.",
    'Write `app.config["NAME"]`.',
)
EXEC_START_SLASH = Rule(
    "UNC122",
    "exec-start-slash",
    WARNING,
    "ExecStart= ends a program or an app with a slash",
    "A path with a slash at its end is a folder, which systemd can't start, nor a server import.",
    "Remove the slash.",
)
USER_IN_USER_UNIT = Rule(
    "UNC123",
    "user-in-user-unit",
    WARNING,
    "a unit of systemd's user manager sets User=",
    "The user's own manager may not start anything as somebody else: the service fails with "
    "status 216/GROUP. Units in /etc/systemd/user start at log-in, and not at boot.",
    "Put the unit into /etc/systemd/system, as `uncork service install` does; or leave User= out.",
)
UNUSED_IGNORE = Rule(
    "UNC124",
    "unused-ignore",
    NOTE,
    "a comment ignores what is not found there",
    "It may hide the next finding on its line, which nobody has looked at.",
    "Remove the code from the comment.",
)
UNKNOWN_IGNORE = Rule(
    "UNC125",
    "unknown-ignore",
    NOTE,
    "a comment ignores something that it can't",
    "Only findings of check can be ignored, each by its code; what migrate declines stands in "
    "its way whoever ignores it.",
    "Name the codes of findings: `# uncork: ignore[UNC101]`.",
)
NO_REQUIREMENTS = Rule(
    "UNC126",
    "no-requirements",
    NOTE,
    "no file names what the app needs",
    "On the next machine nobody knows what to install.",
    "Name the packages in requirements.txt, or in pyproject.toml.",
)

# --- 2xx: declined by migrate -----------------------------------------------------------

_SERVE = "`uncork serve` runs the script as it is."

NO_GUARDED_RUN = Rule(
    "UNC201",
    "no-guarded-run",
    DECLINED,
    "the run call does not stand directly in the main block",
    "Only statements of the main block are sorted into start-up work and the rest.",
    "Move the run call into the main block, as a statement of its own. " + _SERVE,
)
SEVERAL_RUNS = Rule(
    "UNC202",
    "several-runs",
    DECLINED,
    "there is more than one run call",
    "Which of them serves in production can't be seen from the source.",
    "Keep one run call. " + _SERVE,
)
NO_MODULE_APPLICATION = Rule(
    "UNC203",
    "no-module-application",
    DECLINED,
    "the application object is not made at module level",
    "A WSGI server needs to import it, and settings need it before the options are read.",
    "Make the application object at module level. " + _SERVE,
)
UNSUPPORTED_RUNNER = Rule(
    "UNC204",
    "unsupported-runner",
    DECLINED,
    "the app is started by something that migrate does not know yet",
    "Its own start-up would be lost.",
    _SERVE,
)
UNUSUAL_GUARD = Rule(
    "UNC205",
    "unusual-guard",
    DECLINED,
    "the main guard is not a plain one",
    "What runs when the module is imported can't be told apart from what runs as a script.",
    'Keep one `if __name__ == "__main__":` without else, with its statements on lines '
    "of their own.",
)
BEHIND_GUARD = Rule(
    "UNC206",
    "behind-guard",
    DECLINED,
    "statements stand behind the main guard",
    "They never ran while the script was serving, but do run when the module is imported.",
    "Move them above the guard if they belong to the app, else to the guard's end.",
)
COMPLEX_OPTION = Rule(
    "UNC207",
    "complex-option",
    DECLINED,
    "an option is more than a simple setting",
    "Its meaning would change if its value came from the environment.",
    "Make it str, int, float or a flag with a literal default. " + _SERVE,
)
ARGUMENTS_HANDED_AROUND = Rule(
    "UNC208",
    "arguments-handed-around",
    DECLINED,
    "the parsed arguments are used as a whole, or changed",
    "Only attributes that are read one by one can become settings.",
    "Read the attributes one by one. " + _SERVE,
)
KEY_IN_USE = Rule(
    "UNC209",
    "key-in-use",
    DECLINED,
    "an option's name is a setting of Flask's or of the project's own",
    "The option would change what Flask does.",
    'Rename the option, or write `app.config["KEY"] = args.option` yourself. ' + _SERVE,
)
OTHER_COMMAND_LINE = Rule(
    "UNC210",
    "other-command-line",
    DECLINED,
    "the command line is read in a way that migrate does not know yet",
    "Under a WSGI server it would read the server's own command line.",
    "Parse with argparse, in the main block. " + _SERVE,
)
DYNAMIC_NAMES = Rule(
    "UNC211",
    "dynamic-names",
    DECLINED,
    "start-up work uses names in a way that can't be followed",
    "Inside a function exec, locals(), globals() and star imports bind other names than "
    "at module level.",
    "Write the names out. " + _SERVE,
)
IMPORTED_BEFORE_START_UP = Rule(
    "UNC212",
    "imported-before-start-up",
    DECLINED,
    "another module imports a name before start-up work binds it",
    "The import would fail, or keep the old value.",
    "Import the module and read its attribute when it is needed.",
)
PARSER_NEEDS_START_UP = Rule(
    "UNC213",
    "parser-needs-start-up",
    DECLINED,
    "the main block reads what start-up work binds before the options are read",
    "Start-up work needs the options, so it can't run before them.",
    "Move the statement behind parse_args(). " + _SERVE,
)
THREAD_OUTLIVES = Rule(
    "UNC214",
    "thread-outlives",
    DECLINED,
    "clean-up may have to end a thread that Python waits for first",
    "Python joins threads that are no daemons before it calls what atexit knows: the "
    "stop would hang.",
    "Start the thread with daemon=True. " + _SERVE,
)
SHARED_LINE = Rule(
    "UNC215",
    "shared-line",
    DECLINED,
    "a statement that would move shares its line with another",
    "Only whole lines are moved, so that everything else stays byte for byte.",
    "Put each statement on a line of its own.",
)
OTHER_CONFIG = Rule(
    "UNC216",
    "other-config",
    DECLINED,
    "the app loads its settings from something that migrate can't extend",
    "New settings must not override those.",
    'Load a Python file with app.config.from_pyfile("config.py"). ' + _SERVE,
)
NAMES_MAIN_MODULE = Rule(
    "UNC217",
    "names-main-module",
    DECLINED,
    "something names the module __main__",
    "Under a WSGI server __main__ is the server.",
    "Name the module itself. " + _SERVE,
)
ANNOTATED_GLOBAL = Rule(
    "UNC218",
    "annotated-global",
    DECLINED,
    "start-up work annotates a name that must be global",
    "Python refuses an annotation for a name that a function declares global.",
    "Remove the annotation, or move it to module level.",
)

HOOK_EXISTS = Rule(
    "UNC219",
    "hook-exists",
    DECLINED,
    "the main block has start-up work beside a start-up hook",
    "The hook was written, or changed, by hand since: where the statement belongs in it "
    "can't be told.",
    "Move the statement into the hook yourself.",
)
MAIN_BLOCK_NAME = Rule(
    "UNC220",
    "main-block-name",
    DECLINED,
    "start-up or clean-up work reads a name that must stay in the main block",
    "Under a WSGI server that name does not exist.",
    "Use app.config, or a name bound at module level. " + _SERVE,
)

UNCERTAIN_ORDER = Rule(
    "UNC221",
    "uncertain-order",
    DECLINED,
    "a statement would come before start-up work that it may depend on",
    "Start-up work moves behind the options, so what stands between the two would run earlier "
    "than it does now.",
    "Move the start-up work behind parse_args(), or the statement in front of it. " + _SERVE,
)
EXIT_IN_CLEAN_UP = Rule(
    "UNC222",
    "exit-in-clean-up",
    DECLINED,
    "clean-up ends the program in the middle",
    "What atexit calls can't choose the exit status.",
    "Let the exit stand on its own behind the clean-up. " + _SERVE,
)
SHADOWED_APPLICATION = Rule(
    "UNC223",
    "shadowed-application",
    DECLINED,
    "the application object's name means something else where it is needed",
    "There a setting can't be read from app.config by that name.",
    "Give one of the two another name. " + _SERVE,
)
SCRIPT_NAME = Rule(
    "UNC224",
    "script-name",
    DECLINED,
    "the script can't be imported by its name",
    "A WSGI server imports it, and finds another module or none.",
    "Rename the script. " + _SERVE,
)
UNPICKLES = Rule(
    "UNC225",
    "unpickles",
    DECLINED,
    "objects are unpickled by a script that defines classes",
    "What the script itself has pickled names its classes __main__.NAME; under a WSGI server "
    "__main__ is the server.",
    "Move the classes to a module of their own and pickle the objects anew. " + _SERVE,
)
RELOADER_TEST = Rule(
    "UNC226",
    "reloader-test",
    DECLINED,
    "the script asks whether the reloader runs it",
    "A WSGI server has no reloader: what depends on the answer would not be done, or done twice.",
    "Remove the test, and start the script without the reloader. " + _SERVE,
)
REMOVED_HOOK = Rule(
    "UNC227",
    "removed-hook",
    DECLINED,
    "before_first_request is gone since Flask 2.3",
    "On newer versions the app does not start at all.",
    "Call the function in the main block, in front of the run call.",
)
ENTRY_WITHOUT_HOOK = Rule(
    "UNC228",
    "entry-without-hook",
    DECLINED,
    "there is an entry point that would not call the start-up hook",
    "Servers that are given it would serve an app that is not set up.",
    "Remove the entry point, or name another one with --entry MODULE:FACTORY.",
)
QUOTES_USED_UP = Rule(
    "UNC229",
    "quotes-used-up",
    DECLINED,
    "an option is read inside nested f-strings that use up both kinds of quotes",
    "Before Python 3.12 neither can be used again in there.",
    "Assign the value to a variable in front of the string.",
)
LEFTOVER_ARGUMENTS = Rule(
    "UNC230",
    "leftover-arguments",
    DECLINED,
    "what parse_known_args() leaves over is used",
    "Whoever reads it next expects the program's own command line, and under a WSGI server that "
    "is the server's.",
    "Declare all options and parse them with parse_args(). " + _SERVE,
)
ABSENT_OPTION = Rule(
    "UNC231",
    "absent-option",
    DECLINED,
    "hasattr() asks whether an option was given",
    "With argparse.SUPPRESS an option that is not given does not exist; what depends on that "
    "can't be told from the source.",
    "Give the option default=None, and compare with None. " + _SERVE,
)
PARSER_WRITES = Rule(
    "UNC232",
    "parser-writes",
    DECLINED,
    "parsing the options opens a file for writing",
    "Every process of a server parses the options once, and would empty the file.",
    "Take the path as text, and open the file where it is written. " + _SERVE,
)
PARSER_IN_PIECES = Rule(
    "UNC233",
    "parser-in-pieces",
    DECLINED,
    "a part of the parser is used beside it",
    "The statements that make the parser move into a function, and the part with them.",
    "Use the parser itself, or make it in a function of your own that returns it. " + _SERVE,
)
FOREIGN_COMMAND_LINE = Rule(
    "UNC234",
    "foreign-command-line",
    DECLINED,
    "the command line is read where nothing else can take its place",
    "Under a WSGI server it would read the server's own command line.",
    "Read it at module level, in a file beside the script, and not inside a string. " + _SERVE,
)
WRAPPED_APPLICATION = Rule(
    "UNC240",
    "wrapped-application",
    DECLINED,
    "what the server is given is more than an application object",
    "Middleware around the application would be lost: other servers are given the application "
    "object that the entry point returns.",
    "Put it inside: `app.wsgi_app = Middleware(app.wsgi_app)`, and serve `app`. " + _SERVE,
)
MANAGER_MAKES_APP = Rule(
    "UNC243",
    "manager-makes-app",
    DECLINED,
    "a command-line manager makes the app",
    "Which arguments its factory is called with is decided by the command line.",
    "Give servers the factory itself, `module:create_app()`; it needs no migration.",
)
SOCKET_IO_MODE = Rule(
    "UNC242",
    "socket-io-mode",
    DECLINED,
    "Socket.IO runs in a mode that only its own run call serves",
    "gunicorn has no eventlet worker any more, and under the other servers clients can't connect.",
    'Say SocketIO(app, async_mode="threading") or "gevent". ' + _SERVE,
)
LISTENS_ON_IMPORT = Rule(
    "UNC241",
    "listens-on-import",
    DECLINED,
    "a server is made as soon as the module is imported",
    "Imported by another server, the module would open that socket as well.",
    "Make the server in the main block, in front of the call that starts it. " + _SERVE,
)

WORK_IN_SEVERAL_BLOCKS = Rule(
    "UNC235",
    "work-in-several-blocks",
    DECLINED,
    "start-up work stands in several functions on the way to the run call",
    "Statements of one block are sorted into start-up work and the rest, and not of several.",
    "Keep options, start-up work and the run call in one function. " + _SERVE,
)
LOCAL_AND_GLOBAL = Rule(
    "UNC236",
    "local-and-global",
    DECLINED,
    "a local name of the main function means something else elsewhere in the module",
    "What start-up work binds must be global, and there it would replace the other one.",
    "Give one of the two another name. " + _SERVE,
)
CONDITIONAL_RUN = Rule(
    "UNC237",
    "conditional-run",
    DECLINED,
    "a condition, a loop or a handler around the run call does more than to choose it",
    "A WSGI server does not pass it, so what it decides would be lost.",
    "Keep start-up work in front of it. " + _SERVE,
)
RETURNS_BEFORE_RUN = Rule(
    "UNC238",
    "returns-before-run",
    DECLINED,
    "start-up work leaves the main function before the app is run",
    "In a start-up hook a return would end the hook alone, and the app would be served.",
    "Write sys.exit() where the start is refused. " + _SERVE,
)

MODULE_NAME_TAKEN = Rule(
    "UNC245",
    "module-name-taken",
    DECLINED,
    "the script uses the name of a module that a migration imports",
    "One of the two would hide the other.",
    "Give the script's own another name. " + _SERVE,
)

# --- 3xx: notes of a plan ----------------------------------------------------------------

SERVER_STOPS = Rule(
    "UNC301",
    "server-stops",
    NOTE,
    "which servers run the clean-up",
    "Clean-up that atexit knows runs when the process ends in an orderly way. gunicorn and uncork "
    "serve end so on SIGTERM and on SIGINT; waitress-serve, and python with the script, on SIGINT "
    "only.",
    "With waitress-serve under systemd, say KillSignal=SIGINT.",
)

SIGNAL_HANDLER = Rule(
    "UNC303",
    "signal-handler",
    NOTE,
    "the app sets signal handlers",
    "It replaces the server's own handler, which finishes requests that are running before it "
    "stops. uncork serve calls both.",
    "Leave signals to the server, and clean up behind the run call.",
)
TLS_IN_RUN = Rule(
    "UNC304",
    "tls-in-run",
    NOTE,
    "the run call serves HTTPS",
    "waitress speaks HTTP only.",
    "Let a reverse proxy in front do TLS.",
)
ONE_AT_A_TIME = Rule(
    "UNC305",
    "one-at-a-time",
    NOTE,
    "the run call serves one request at a time",
    "Servers use several threads unless they are told not to, which the app may not stand.",
    "Say --threads 1 where the app is served.",
)
PICKLED_FUNCTIONS = Rule(
    "UNC306",
    "pickled-functions",
    NOTE,
    "objects are unpickled",
    "Those that name functions of this script as __main__.NAME don't load under a WSGI server, "
    "where __main__ is the server.",
    "Pickle them again from a module that is imported.",
)
PARSER_KEPT = Rule(
    "UNC330",
    "parser-kept",
    NOTE,
    "the options stay a command line",
    "They are more than simple settings. Under a WSGI server the parser reads the variable "
    'FLASK_ARGS, which is written as the command line is: FLASK_ARGS="--mode fast file.txt".',
    "Make the options str, int, float or flags with literal defaults to have a setting for each.",
)
COMMAND_LINE_ON_IMPORT = Rule(
    "UNC331",
    "command-line-on-import",
    NOTE,
    "the command line is read where the script is imported",
    "A WSGI server imports the script, and sys.argv is its own. There the variable FLASK_ARGS "
    "takes its place, which is written as the command line is.",
    "Parse in the main block to have the options in app.config.",
)

SERVER_NOT_ADDED = Rule(
    "UNC340",
    "server-not-added",
    NOTE,
    "the server is not added to the requirements",
    "The file is made from another one, carries hashes, or has a form that can't be edited with "
    "certainty.",
    "Add waitress yourself.",
)
STALE_LOCK = Rule(
    "UNC341",
    "stale-lock",
    NOTE,
    "a lock file does not know the added server yet",
    "An installation from the lock file alone lacks the server, or refuses the changed "
    "requirements.",
    "Renew the lock file.",
)
SOCKET_IO_SERVERS = Rule(
    "UNC336",
    "socket-io-servers",
    NOTE,
    "which servers speak websockets and Socket.IO",
    "WSGI knows no websockets: a server lends its connection to the library, or does not. "
    "Flask-SocketIO works in one of three modes, each with servers of its own, in one process. In "
    "threading mode uncork serve and gunicorn's gthread worker speak websockets (with "
    "simple-websocket installed); other servers that have threads keep to long polling. In gevent "
    "mode the server must be gevent's: gunicorn's gevent worker, or python with the script. In "
    "eventlet mode it is python with the script, or `uncork serve` with it.",
    "Start the app by the command that the note names.",
)
RELOADER_CHILD = Rule(
    "UNC338",
    "reloader-child",
    NOTE,
    "a test for the reloader lets servers through",
    "Work that only the reloader's child does would not be done under a WSGI server, which has no "
    "reloader. `__name__` tells the two apart: a server imports the script.",
    "Start the script without the reloader, and remove the test.",
)
THREAD_IS_DAEMON = Rule(
    "UNC339",
    "thread-is-daemon",
    NOTE,
    "a thread that clean-up ends becomes a daemon",
    "Python waits for other threads before it calls what atexit knows, and clean-up that ends them "
    "would never be reached. The clean-up still waits for it.",
    "Nothing to do.",
)
GREENLETS = Rule(
    "UNC337",
    "greenlets",
    NOTE,
    "the script patches the standard library for greenlets",
    "Its views wait without threads only where the server is one of that library's; elsewhere "
    "they take one thread each, or block the others.",
    "Start the app by the command that the note names.",
)


BEHIND_RUN = Rule(
    "UNC333",
    "behind-run",
    NOTE,
    "statements that stood behind the run call moved into the main block",
    "They ran when the server had stopped, and never while it was serving. A module that is "
    "imported would run them at once.",
    "Move them above the main guard if they belong to the app.",
)
ENTRY_POINT_EXISTS = Rule(
    "UNC334",
    "entry-point-exists",
    NOTE,
    "there is an entry point for WSGI servers already",
    "It imports the app, and the main block holds nothing that it would miss.",
    "Give it to the server.",
)
BLOCK_TAKEN_APART = Rule(
    "UNC335",
    "block-taken-apart",
    NOTE,
    "a statement around the run call is taken apart",
    "What it did before and behind the run call stands on its own now, so that a WSGI server "
    "can do it, too.",
    "Look at the order of what stood in it.",
)


def catalogue() -> tuple[Rule, ...]:
    """Every rule of this module, by code."""
    rules = [value for value in globals().values() if isinstance(value, Rule)]
    return tuple(sorted(rules, key=lambda rule: rule.code))
