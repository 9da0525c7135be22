"""`make corpus CORPUS=folder`: read every file there and print the score."""

from pathlib import Path

import click

from tests.corpus import judging
from tests.corpus.explained import EXPLAINED


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Print, for each format, how many files were read rightly, and what is wrong with others."""
    click.echo(
        f"{'format':14}{'files':>6}{'read':>6}{'warned':>8}{'refused':>9}{'wrong':>7}  score"
    )
    wrong: list[judging.Verdict] = []
    for format in judging.FORMATS:
        verdicts = [judging.judge(folder, each) for each in judging.expected(format)]
        counts = judging.tally(verdicts)
        right = len(verdicts) - counts["wrong"]
        click.echo(
            f"{format:14}{len(verdicts):6}{counts['read']:6}{counts['warned']:8}"
            f"{counts['refused']:9}{counts['wrong']:7}  {right / len(verdicts):.1%}"
        )
        wrong += [verdict for verdict in verdicts if verdict.outcome == "wrong"]
    for verdict in wrong:
        click.echo(f"\n{verdict.file}\n  {verdict.why}")
        if verdict.file in EXPLAINED:
            click.echo(f"  explained: {EXPLAINED[verdict.file]}")


main()
