"""Say what pictures show: one answer a picture, in order; or measure how near that comes to what people wrote."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model_zoo.data import references
from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.rnn import caption_scores, captioning
from model_zoo.rnn.prediction import Sentence

HELP = "say in a sentence what a picture shows"
SOME_FAILED = 2  # exit code, as of a command that could not answer at all


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="a picture file; one answer each, in order")
    parser.add_argument("--beam", type=int, metavar="N", help="beginnings that are kept side by side; default: 3")
    parser.add_argument("--network", default="attention", choices=tuple(captioning.KINDS), help="default: attention")
    parser.add_argument(
        "--evaluate",
        metavar="REFERENCES.csv",
        help="score the captions of its pictures; columns image (a path relative to the file) and caption",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a picture, or of the scores")


def run(arguments: Namespace) -> int:
    if bool(arguments.images) == bool(arguments.evaluate):
        raise ValueError("Name the pictures to caption, or with --evaluate a table of references: one of the two.")
    work = _Work(arguments.network, arguments.beam)
    if arguments.evaluate:
        _evaluate(work, Path(arguments.evaluate), arguments.json)
    else:
        for file, sentences in work.captions(arguments.images, [Path(image) for image in arguments.images]):
            print(_line(file, sentences, arguments.json), flush=True)
    return SOME_FAILED if work.failed else 0


@dataclass
class _Work:
    """Captions pictures and counts those that it cannot use, each of which it names on standard error."""

    network: str
    beam: int | None
    failed: int = field(default=0, init=False)

    def captions(self, files: Sequence[str], paths: Sequence[Path]) -> Iterator[tuple[str, tuple[Sentence, ...]]]:
        """Give the sentences of the `files` that lie at `paths`, best first; those that cannot be used are left out."""
        from model_zoo.rnn.captioned import Captioned, captioned

        captioner, how = captioning.load(self.network), "beam" if self.beam is None else f"beam:width={self.beam}"
        for file, told in captioned(captioner, self._contents(files, paths), len(files), how):
            if isinstance(told, Captioned):
                yield file, told.sentences
            else:
                self._fail(f"“{file}” {told}.")

    def _contents(self, files: Sequence[str], paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
        for file, path in zip(files, paths, strict=True):
            try:
                with path.open("rb") as stream:
                    content = stream.read(LIMITS.picture_bytes + 1)
            except OSError as error:
                self._fail(f"“{file}” cannot be read: {error.strerror or error}.")
                continue
            if len(content) > LIMITS.picture_bytes:
                self._fail(f"“{file}” has more than {in_bytes(LIMITS.picture_bytes)}.")
            else:
                yield file, content

    def _fail(self, sentence: str) -> None:
        self.failed += 1
        print(sentence, file=sys.stderr, flush=True)


def _line(file: str, sentences: Sequence[Sentence], as_json: bool) -> str:
    from model_zoo.rnn.captioned import as_object

    return json.dumps(as_object(file, sentences), ensure_ascii=False) if as_json else f"{file}: {sentences[0].text}"


def _evaluate(work: _Work, table: Path, as_json: bool) -> None:
    """Caption every picture of the table once, and print how near that comes to its captions."""
    try:
        wrote = references.read(table.read_bytes(), table.name)
    except OSError as error:
        raise ValueError(f"{table} cannot be read: {error.strerror or error}.") from error
    files = [file for file, said in wrote.captions.items() if any(map(caption_scores.words, said))]
    said = {file: best.text for file, (best, *_) in work.captions(files, [table.parent / file for file in files])}
    if not said:
        raise ValueError(f"No picture of {table} can be used; under “image” it needs paths relative to its own folder.")
    scores = caption_scores.score(list(said.values()), [wrote.captions[file] for file in said])
    print(json.dumps(scores) if as_json else _text(scores))


def _text(scores: dict[str, float]) -> str:
    """Write the scores as a table, the published ones below."""
    rows = [(f"{scores['pictures']:,} pictures", {name: scores[name] for name in caption_scores.NAMES})]
    rows += [
        (f"{row.title}, on Flickr8k", {"bleu_1": row.bleu_1, "bleu_4": row.bleu_4}) for row in caption_scores.PUBLISHED
    ]
    wide = max(len(title) for title, _ in rows)
    lines = [" " * wide + "".join(f"{name:>8}" for name in caption_scores.NAMES.values())]
    for title, found in rows:
        cells = (
            f"{found[name]:8.{2 if name == 'cider' else 1}f}" if name in found else " " * 8
            for name in caption_scores.NAMES
        )
        lines.append(f"{title:<{wide}}{''.join(cells)}".rstrip())
    return "\n".join(lines)
