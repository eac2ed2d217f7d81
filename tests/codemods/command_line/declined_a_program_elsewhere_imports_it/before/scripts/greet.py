import sys

sys.path.append(".")
from lib.options import read

if __name__ == "__main__":
    print(read().greeting)
