"""`sims study`: pictures -> a blind study with human raters -> preferences with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sims_core.cli.options import Project

commands = typer.Typer(help="Blind studies with human raters (docs/study.md).", no_args_is_help=True)
StudyFolder = Annotated[Path, typer.Option("--study", help="Folder that `sims study make` wrote.")]


@commands.command(
    "make",
    epilog="""Folders hold PNG files, matched by name, as for `sims evaluate`. Without folders, a finished project's
result, its rivals and its real photographs are taken.

\b
  sims study make                                                   from the finished project here
  sims study make ours/ theirs/ --layouts L/ --real R/ --classes classes.yaml --block real --block layout
  sims study make ours/ theirs/ --layouts L/ --real R/ --classes classes.yaml --block timed

Give raters study/page: they open index.html by a double click, or from any web server as index.html?sheet=0,
index.html?sheet=1, ..., one number each. study/key.json says which picture is whose: keep it.""",
)
def make(
    images: Annotated[list[str] | None, typer.Argument(help="Folders to compare: FOLDER or NAME=FOLDER.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder to write; new or empty.")] = Path("study"),
    layouts: Annotated[Path | None, typer.Option(help="Folder of the layouts that were asked for.")] = None,
    real: Annotated[Path | None, typer.Option(help="Folder of the real photographs.")] = None,
    classes: Annotated[Path | None, typer.Option(help="Class table; data/scenes/classes.json by default.")] = None,
    resize: Annotated[
        Literal["box", "bilinear", "bicubic", "lanczos"] | None,
        typer.Option(help="Filter that brings real photographs of another size to that of the pictures."),
    ] = None,
    block: Annotated[
        list[str] | None, typer.Option(help="Which questions: real, layout, timed; all three by default.")
    ] = None,
    exposure: Annotated[list[int] | None, typer.Option(min=1, help="Of block timed, in ms; 125 to 8000.")] = None,
    trials: Annotated[int, typer.Option(min=1, help="Of one rater, sentinels and repeats apart.")] = 120,
    raters: Annotated[int, typer.Option(min=1, max=10_000, help="How many, at most.")] = 100,
    text: Annotated[Path | None, typer.Option(help="Markdown: what raters agree to, and what they do.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of pairs, sides, order and shuffled pictures.")] = 0,
    project: Project = Path(),
) -> None:
    """Make a blind study: a folder that raters open in a browser, and a key that says which picture is whose."""
    from sims_core.base.errors import SimsError
    from sims_core.datasets.class_tables import read_class_table
    from sims_core.evaluation.folders.picture_folders import name_rows
    from sims_core.study.design import EXPOSURES_MS, Block
    from sims_core.study.make import make_study
    from sims_core.study.pictures import from_folders, from_project
    from sims_core.study.raters_text import read_raters_text
    from sims_core.study.sheets import Deal

    known = [each.value for each in Block]
    for name in block or []:
        if name not in known:
            raise SimsError(f"--block {name}", "is no block", expected=", ".join(known))
    if images:
        if layouts is None:
            raise SimsError("sims study make", "folders need --layouts", remedy="name the folder of their layouts")
        table = read_class_table(project / "data/scenes/classes.json" if classes is None else classes)
        pictures = from_folders(name_rows(images), layouts, real, table, resize)
    else:
        pictures = from_project(project)
    blocks = tuple(each for each in Block if block is None or each.value in block)
    deal = Deal(
        seed=seed,
        methods=pictures.methods,
        real=pictures.real,
        layouts=tuple(pictures.names),
        blocks=blocks,
        exposures_ms=tuple(sorted(set(exposure or EXPOSURES_MS))),
        num_main=trials,
    )
    manifest = make_study(pictures, deal, raters, read_raters_text(text), out)
    per_rater = ", ".join(f"{count} {kind.value}" for kind, count in manifest.num_trials.items())
    typer.echo(f"{out}: study {manifest.study_id} of {', '.join(pictures.methods)} on {len(pictures.names)} layouts")
    typer.echo(f"each of {raters} raters has {sum(manifest.num_trials.values())} trials ({per_rater})")
    typer.echo(f"for raters: {out / 'page/index.html'}; to keep: {out / 'key.json'}")


@commands.command(
    "serve",
    epilog="""Each rater has an address of their own, in raters.csv of the study's folder. Every answer is on the disk
before the next pair is shown; a page that is loaded again goes on where it was. Needs `pip install 'sims[studio]'`.

\b
  sims study serve study/
  sims study serve study/ --host 0.0.0.0 --address https://study.example.org   behind a web server with a certificate
  sims study analyse study/answers.sqlite -o metrics/study.json""",
)
def serve(
    study: Annotated[Path, typer.Argument(help="Folder that `sims study make` wrote.")] = Path("study"),
    host: Annotated[str, typer.Option(help="Where to listen; other machines see nothing by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8000,
    address: Annotated[str | None, typer.Option(help="By which raters reach it, where it is another one.")] = None,
) -> None:
    """Serve a study and collect its answers in one file."""
    from urllib.parse import urlsplit

    from sims_core.base.errors import SimsError
    from sims_core.base.local_server import listen, run_server
    from sims_core.study.design import open_study
    from sims_core.study.server import open_store, study_app, write_links

    shown = (address or f"http://{host}:{port}").rstrip("/")
    name = urlsplit(shown).hostname
    if name is None:
        raise SimsError(f"--address {shown}", "is no address", expected="https://name")
    opened = open_study(study)
    store = open_store(opened)
    app = study_app(opened, store, [name])
    listening = listen(host, port)
    links = write_links(opened, store, shown)
    typer.echo(f"serving at {shown}; raters' addresses: {links}; Ctrl-C ends it")
    run_server(app, listening)


@commands.command(
    "simulate",
    epilog="""\b
  sims study simulate -o rehearsal/ --raters 20 --preference 0.6
  sims study analyse rehearsal/ -o rehearsal.json""",
)
def simulate(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for a file of answers from each rater.")],
    study: StudyFolder = Path("study"),
    raters: Annotated[int, typer.Option(min=0, help="Who look at the pictures.")] = 20,
    always_left: Annotated[int, typer.Option(min=0, help="Who always press left.")] = 0,
    guessing: Annotated[int, typer.Option(min=0, help="Who answer at random.")] = 0,
    preference: Annotated[float, typer.Option(min=0.01, max=0.99, help="Share for a pair's first method.")] = 0.6,
    short_preference: Annotated[
        float | None, typer.Option(min=0.01, max=0.99, help="The same for exposures up to 500 ms.")
    ] = None,
    spread: Annotated[float, typer.Option(min=0, help="How much raters, and layouts, differ.")] = 0.3,
    seed: Annotated[int, typer.Option(min=0, help="Of the answers.")] = 0,
) -> None:
    """Write answers of raters whose preference is known: a rehearsal of the analysis."""
    from sims_core.study.answers import write_answers
    from sims_core.study.design import open_study
    from sims_core.study.simulate import Crowd, Preference, play

    crowd = Crowd(raters, always_left, guessing)
    chosen = Preference(preference, preference if short_preference is None else short_preference, spread, spread)
    num_raters = write_answers(out, list(play(open_study(study), crowd, chosen, seed)))
    typer.echo(f"{out}: answers of {num_raters} simulated raters")


@commands.command(
    "analyse",
    epilog="""ANSWERS is a folder of the files that raters sent, or the answers.sqlite of `sims study serve`.

\b
  sims study analyse answers/ -o metrics/study.json
  sims study analyse study/answers.sqlite -o metrics/study.json""",
)
def analyse(
    answers: Annotated[Path, typer.Argument(help="Answers: a folder, or a file.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The figures to write (JSON).")] = Path("metrics/study.json"),
    study: StudyFolder = Path("study"),
    page: Annotated[Path, typer.Option(help="Folder for a page with tables and chart.")] = Path("data/study"),
) -> None:
    """Turn answers into preferences with intervals, and say which raters do not count."""
    from sims_core.study.analyse import analyse_study
    from sims_core.study.design import open_study
    from sims_core.study.results import preference_lines, write_results

    content = analyse_study(answers, open_study(study), out)
    write_results(page, content)
    for line in preference_lines(content):
        typer.echo(line)
    for rater, reason in content["raters"]["excluded"].items():
        typer.echo(f"left out: {rater}, {reason}")
    typer.echo(f"{out}, {page / 'index.html'}")


@commands.command(
    "plan",
    epilog="""\b
  sims study plan 0.55                             to see 55 % against a tie
  sims study plan 0.6 --answers 6 --layouts 24     six answers of each rater about the pair and exposure in question""",
)
def plan(
    share: Annotated[float, typer.Argument(min=0.01, max=0.99, help="The preference to be seen.")],
    power: Annotated[float, typer.Option(min=0.5, max=0.999, help="With which probability.")] = 0.8,
    answers: Annotated[int, typer.Option(min=1, help="Of one rater, about one pair at one exposure.")] = 13,
    layouts: Annotated[int, typer.Option(min=1, help="Over which they are spread.")] = 100,
    rater_correlation: Annotated[float, typer.Option(min=0, max=1, help="Of two answers of one rater.")] = 0.05,
    layout_correlation: Annotated[float, typer.Option(min=0, max=1, help="Of two answers to one layout.")] = 0.05,
) -> None:
    """Say how many raters it takes to tell a preference from a tie."""
    from sims_core.study.plan import plan_study

    found = plan_study(share, power, answers, layouts, rater_correlation, layout_correlation)
    typer.echo(f"{found.num_raters} raters with {answers} answers each, {found.num_answers} in all")
    typer.echo(f"if every answer had a rater and a layout of its own: {found.num_independent} answers")
