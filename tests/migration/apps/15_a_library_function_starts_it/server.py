import argparse

from library import start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--size", type=int, default=3)
    parser.add_argument("--debug", action="store_true")
    args = parser.parse_args()
    start(vars(args), "127.0.0.1", args.port)


if __name__ == "__main__":
    main()
