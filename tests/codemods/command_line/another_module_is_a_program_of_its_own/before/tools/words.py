import argparse


def join(found):
    return " ".join(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="+")
    args = parser.parse_args()
    print(join(args.words))


if __name__ == "__main__":
    main()
