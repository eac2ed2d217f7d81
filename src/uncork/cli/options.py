"""Options that several commands share, stated once."""

from __future__ import annotations

import click

target_argument = click.argument("target", required=False, metavar="[TARGET]")
json_option = click.option("--json", is_flag=True, help="Print one JSON object and nothing else.")
python_option = click.option(
    "--python", metavar="PATH", help="The app's interpreter [found in the project if left out]."
)
isolation_option = click.option(
    "--isolation",
    type=click.Choice(["auto", "none"]),
    default="auto",
    show_default=True,
    help="Run the app in namespaces, or, where the system has none, without.",
)
args_option = click.option(
    "--args", "arguments", metavar='"..."', default="", help="The script's own command line."
)
