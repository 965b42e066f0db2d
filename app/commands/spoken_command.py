"""Commands of click that speak Japanese or English: their help, and one sentence for every misuse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from app.commands.exit_codes import UsageProblem
from app.texts import say
from schemas.dictionary.match_key import nearest_word

HELP_TEXTS, LANGUAGE_OPTION = "cli_help", "--lang"


class SpokenCommand(click.Command):
    """A command whose help is ``cli_help.<command>`` and, for each option, ``cli_help.<command>_<option>``.

    The language is the context's object. An option without a text of its own takes ``cli_help.any_<option>``.
    """

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Usage, purpose and options in the language of the context."""
        language = ctx.obj
        usage = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, usage, prefix=say("cli.usage", language))
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(say(f"{HELP_TEXTS}.{text_name(str(self.name))}", language))
        rows = [(_heading(p), option_help(str(self.name), p, language)) for p in self.params]
        rows.append(("--help", say(f"{HELP_TEXTS}.any_help", language)))
        with formatter.section(say("cli.options", language).rstrip("：:")):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; what is left over is a usage problem of its own."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest:
            raise UsageProblem("extra_argument", given=rest[0])
        return rest


class SpokenGroup(click.Group):
    """All commands, listed with their purpose in the language of the context; some are named by two words."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first two words name, else the one of the first."""
        named = " ".join(args[:2])
        if len(args) > 1 and named in self.commands:
            return named, self.commands[named], args[2:]
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Usage and the list of commands."""
        language = ctx.obj
        formatter.write_usage(ctx.command_path, "[--lang ja|en] COMMAND ...", prefix=say("cli.usage", language))
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(say(f"{HELP_TEXTS}.junkan", language))
        with formatter.section(say("cli.commands", language).rstrip("：:")):
            formatter.write_dl([(name, say(f"{HELP_TEXTS}.{text_name(name)}", language)) for name in self.commands])
        rows = [(_heading(p), option_help("junkan", p, language)) for p in self.params]
        with formatter.section(say("cli.options", language).rstrip("：:")):
            formatter.write_dl([*rows, ("--help", say(f"{HELP_TEXTS}.any_help", language))])


def text_name(command: str) -> str:
    """A command's name in the keys of its texts."""
    return command.replace(" ", "_")


def _heading(param: click.Parameter) -> str:
    if isinstance(param, click.Argument):
        return param.make_metavar(click.Context(click.Command("junkan")))
    named = "|".join(param.type.known) if isinstance(param.type, OneOf) else param.metavar
    return f"{param.opts[0]} {named or ''}".strip()


def option_help(command: str, param: click.Parameter, language: str) -> str:
    """What an option or argument of a command means; what it is when it is left out stands in it."""
    own, shared = f"{HELP_TEXTS}.{text_name(command)}_{param.name}", f"{HELP_TEXTS}.any_{param.name}"
    try:
        return say(own, language)
    except KeyError:
        return say(shared, language)


class OneOf(click.ParamType[str]):
    """One of some words."""

    name = "word"

    def __init__(self, *known: str) -> None:
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word. Raises UsageProblem naming the words there are."""
        if value in self.known:
            return str(value)
        raise UsageProblem("not_one_of", option=_name_shown(param), given=value, known=", ".join(self.known))


class WholeNumber(click.ParamType[int]):
    """A whole number between two limits."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Raises UsageProblem for a text that is none, and outside the limits."""
        digits = str(value).removeprefix("-")
        if digits.isascii() and digits.isdigit() and self.least <= int(value) <= self.most:
            return int(value)
        least, most = (f"{limit}" for limit in (self.least, self.most))
        raise UsageProblem("not_a_number", option=_name_shown(param), given=value, least=least, most=most)


MOST_NAMED = 24  # words of a list, in one sentence
FILE = click.Path(path_type=Path)


def _name_shown(param: click.Parameter | None) -> str:
    if param is None:
        return ""
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def nearest_words(word: str, known: Iterable[str]) -> str:
    """The known word that another was most likely meant to be, or the first of all when none is clearly near."""
    words = [*known]
    more = f" … (+{len(words) - MOST_NAMED})" if len(words) > MOST_NAMED else ""
    return nearest_word(word, words) or ", ".join(words[:MOST_NAMED]) + more


def sentence_of(error: click.UsageError, commands: Sequence[str]) -> UsageProblem:
    """What a misuse that click noticed is in words of ours."""
    if isinstance(error, click.NoSuchOption):
        if error.option_name == LANGUAGE_OPTION and error.ctx is not None:
            return UsageProblem("option_first", given=LANGUAGE_OPTION, command=error.ctx.info_name)
        names = [name for param in error.ctx.command.params for name in param.opts] if error.ctx else []
        options = [name for name in names if name.startswith("-")]
        return UsageProblem("no_such_option", given=error.option_name, near=nearest_words(error.option_name, options))
    if isinstance(error, click.MissingParameter):
        return UsageProblem("missing", what=_name_shown(error.param))
    if isinstance(error, click.BadOptionUsage):
        return UsageProblem("needs_value", option=error.option_name)
    if isinstance(error, click.exceptions.NoSuchCommand):
        return UsageProblem(
            "no_such_command", given=error.command_name, near=nearest_words(error.command_name, commands)
        )
    return UsageProblem("other_misuse", text=error.format_message())
