"""Lines of text from a file or from standard input, as commands read them."""

import sys
from pathlib import Path

from model_zoo.data.texts import decoded, lines


def lines_of(file: str | None) -> tuple[str, ...]:
    """Read all lines, the empty ones among them; raises ValueError with a sentence for what is no text."""
    if file is None:
        content = sys.stdin.buffer.read()
    else:
        try:
            content = Path(file).read_bytes()
        except OSError as error:
            raise ValueError(f"{file} cannot be read: {error.strerror or error}.") from error
    return lines(decoded(content, file or "")[0])
