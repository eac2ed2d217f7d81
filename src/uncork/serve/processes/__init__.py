"""Several processes of one app on one socket: ``--processes``, for import strings.

gunicorn's master forks the workers and watches over them; in each runs uncork's
own server (docs/decisions/0010):

    choice    whether there are to be any
    start     from the options to the exit status
    loading   an app that is loaded before the first fork
    cpus      what ``auto`` is
    master    gunicorn's Arbiter, its traps taken out
    fleet     which workers there should be (pure)
    worker    one process: the runner in it
    reports   what workers and master tell each other
    terminal  what SIGHUP means

Only `choice` and `start` are imported before gunicorn is known to be there.
"""
