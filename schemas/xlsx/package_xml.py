"""XML parts of a package, parsed within limits whatever they hold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.parsers import expat

from schemas.xlsx.refusal import MAX_DEPTH, MIB, Refusal

_MAX_TOKEN = 4 * MIB


@dataclass(frozen=True)
class Handlers:
    """What to call for each element's start, end and text while a part is parsed."""

    start: Callable[[str, dict[str, str]], None]
    end: Callable[[str], None] | None = None
    text: Callable[[str], None] | None = None


def limit_nesting(handlers: Handlers) -> Handlers:
    """Return handlers that call these and raise Refusal at elements nested too deep."""
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Refusal("FMT-52")
        handlers.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if handlers.end is not None:
            handlers.end(tag)

    return Handlers(start, end, handlers.text)


def parse_pieces(pieces: Iterable[bytes], handlers: Handlers) -> None:
    """Parse the bytes of one part; raises Refusal when they are not well-formed or hold one endless tag."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = handlers.start, handlers.end
    parser.CharacterDataHandler = handlers.text
    fed = 0
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > _MAX_TOKEN:
                raise Refusal("FMT-52")
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise Refusal("FMT-52") from None
