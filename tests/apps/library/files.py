directory = None
count = 0


def close():
    print("The files are closed.", flush=True)
