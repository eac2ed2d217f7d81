import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="a")
args = parser.parse_args()
