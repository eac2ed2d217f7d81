import argparse


def read():
    parser = argparse.ArgumentParser()
    parser.add_argument("--greeting", default="hello")
    return parser.parse_args()
