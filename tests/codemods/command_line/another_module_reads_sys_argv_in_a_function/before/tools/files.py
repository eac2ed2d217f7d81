import sys


def names():
    return [name for name in sys.argv[1:] if not name.startswith("-")]


def unused():
    return sys.argv


def main():
    print(sys.argv)


if __name__ == "__main__":
    main()
