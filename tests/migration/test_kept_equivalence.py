"""Scripts at random whose options are no simple settings: declined, or the same afterwards."""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import pytest
from tests.migration.properties import HARMLESS, difference
from tests.migration.scripts import PARSER, Script, script

# A longer hunt: UNCORK_TEST_SCRIPTS=20000 pytest tests/migration/test_kept_equivalence.py
COUNT = int(os.environ.get("UNCORK_TEST_SCRIPTS", "240"))
START = int(os.environ.get("UNCORK_TEST_SCRIPTS_FROM", "0"))
CHOICES = '"--size", type=int, choices=(1, 3, 12), default=3'
COMPLEX = PARSER.replace('"--size", type=int, default=3', CHOICES).replace(
    "args = ",
    """\
group = parser.add_mutually_exclusive_group()
group.add_argument("--this", dest="label", action="append")
group.add_argument("--that", dest="label", action="append_const", const=1)
args = """,
)
FUNCTION = """

def get_args(title):
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--size", type=int, choices=(1, 3, 12), default=3)
    parser.add_argument("--label")
    parser.add_argument("--loud", action="store_true")
    return parser.parse_args()
"""
BY_HAND = """
size = int(sys.argv[sys.argv.index("--size") + 1]) if "--size" in sys.argv else 3
"""


def varied(seed: int) -> Script:
    """A script of the generator's, which reads its command line in another way."""
    plain = script(seed)
    # That a view reads args.port is no reason for main's own name `port` to be there.
    plain = replace(plain, head=plain.head.replace("args.port", "args.size"))
    random = Random(seed)  # noqa: S311 - no secret
    number = next(n for n, s in enumerate(plain.body) if s.startswith("parser ="))
    front, behind = plain.body[:number], plain.body[number + 1 :]
    kind = seed % 6
    if kind == 0:
        whole = random.choice(("effect(args)", "args.size += 1", "vars(args)['loud'] = 1", "pass"))
        return replace(plain, body=(*front, COMPLEX, whole, *behind))
    if kind == 1:
        return replace(
            plain, head=plain.head + FUNCTION, body=(*front, "args = get_args('a')", *behind)
        )
    if kind == 2:
        # On import, behind the head's own imports and definitions.
        first = plain.head.index("\n@app.route")
        head = f"{plain.head[:first]}\n{COMPLEX}\n{plain.head[first:]}"
        return replace(plain, head=head, body=(*front, *behind))
    if kind == 3:
        tried = COMPLEX.replace(
            "args = parser.parse_args()",
            "try:\n    args = parser.parse_args()\n"
            "except SystemExit:\n    effect('refused')\n    raise",
        )
        return replace(plain, body=(*front, tried, *behind))
    if kind == 4:
        split = COMPLEX.partition("parser.add_argument(\n")
        between = random.choice(("forget()", "count = 1", "a = 1", "grow(1)", "print('soon')"))
        body = (*front, split[0], between, split[1] + split[2], *behind)
        return replace(plain, body=body)
    by_hand = (BY_HAND, "effect(sys.argv[1:])", "effect(size)")
    head = plain.head.replace("import os\n", "import os\nimport sys\n")
    return replace(plain, head=head, body=(*front, COMPLEX, *by_hand, *behind))


def test_a_plan_is_declined_or_means_the_same() -> None:
    outcomes = {}
    for seed in range(START, START + COUNT):
        tried = varied(seed)
        outcomes[seed] = difference(tried.text.encode(), tried.arguments)
    broken = {seed: said for seed, (said, _) in outcomes.items() if said not in HARMLESS}
    if broken:
        seed = next(iter(broken))
        given = " ".join(varied(seed).arguments)
        shown = f"{broken}\n{given}\n\n{varied(seed).text}\n\n{outcomes[seed][1]}"
        pytest.fail(shown, pytrace=False)
    # Else the scripts would prove little.
    for kind in range(6):
        said = [said for seed, (said, _) in outcomes.items() if seed % 6 == kind]
        assert said.count("the same") > len(said) * 0.05, kind
