"""The production runner: a script as it is, or an app, on a server that stops as it should.

It runs in the *app's* interpreter, where neither uncork nor click need be
installed. So it imports nothing of uncork but `uncork.errors` and the rendering
of an error; the map of its modules:

    __main__     start, also by path        command   one run from argv to exit status
    options      the flags, stated once     argv      the command line that others start
    provide      waitress, if the app's interpreter has none
    load         a script as `__main__`     application   an import string's app
    seams/       what a script calls to run its app, one file each; found by imports.py
    runner       a run call: where to listen, what is declined, who is told
    claims       which server listens where  role     which of several is the app
    made         server objects of libraries family   forked children
    listen       addresses and sockets      notify    sd_notify
    kept         servers of the script's own that keep serving       native    threads, unpatched
    signals      SIGTERM and SIGINT         drain     what a stop waits for (pure)
    server       the loop                   adapter   all that touches waitress
"""
