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
TUTORIAL_MISTAKE = Rule(
    "UNC112",
    "tutorial-mistake",
    WARNING,
    "a mistake that is copied from tutorials",
    "The line does not do what it looks like.",
    "Correct the line as the message says.",
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


def catalogue() -> tuple[Rule, ...]:
    """Every rule of this module, by code."""
    rules = [value for value in globals().values() if isinstance(value, Rule)]
    return tuple(sorted(rules, key=lambda rule: rule.code))
