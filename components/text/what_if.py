"""Which words did it, and what if one of them were another: pick a word, change it, see the change of the verdict."""

from hashlib import sha256
from html import escape

import streamlit as st

from components.numbers import percent, points
from components.sentences import literal
from components.setup.colours import coloured
from components.text.reading import asked_now
from components.text.words import LETTERS, MOST_WORDS, Word, effect_in_words, words
from model_zoo.rnn.prediction import Prediction, Span

KEY = "sentiment.words"
HOW = (
    "Each word is left out once and the text read again without it "
    "([occlusion](https://arxiv.org/abs/1311.2901)): the colour is how much higher the verdict is with the word. "
    "Words act together, so effects need not add up."
)
TOGETHER = " In a text this long several neighbours are left out at once, and share one effect."
LONGEST = 200  # characters that one word may become


@st.fragment
def what_if(prediction: Prediction) -> None:
    """Show the words by their effect; for the one that is picked, ask what should stand there, and read again."""
    shown = [Word(word.text, effect) for word, effect in zip(prediction.words, prediction.effects, strict=True)]
    id = sha256(f"{prediction.language} {prediction.text}".encode()).hexdigest()[:12]
    place = words(shown, key=KEY, id=id)
    if place is not None:
        _change(prediction, prediction.words[place], key=f"{KEY}.{id}.{place}")
    st.caption(HOW + (TOGETHER if _shares_effects(prediction) else "") + _cut(len(shown)))
    with st.expander("The same as a table", icon=":material/table:", key=f"{KEY}.table"):
        st.html(_table(shown))


def _change(prediction: Prediction, word: Span, key: str) -> None:
    """Ask for another word, and show what it changes."""
    if key not in st.session_state:
        st.session_state[key] = word.text
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = f"Instead of “{literal(word.text[:LETTERS])}”"
        instead = st.text_input(label, key=key, live=True, max_chars=max(LONGEST, len(word.text)), width=260)
        st.button("Leave it out", key=f"{key}.none", on_click=_set, args=(key, ""), disabled=not instead.strip())
        st.button("As it was", key=f"{key}.back", on_click=_set, args=(key, word.text), disabled=instead == word.text)
    if instead == word.text:
        return
    changed = _with(prediction.text, word, instead)
    found = asked_now("sentiment", changed, prediction.language, key=key) if changed else None
    after = found.positive if found else prediction.before
    if after is None or prediction.positive is None:
        return
    st.html(_STYLE + _beside(prediction.positive, after))
    take = "Go on with the changed text"
    if st.button(take, key=f"{key}.take", icon=":material/edit:", on_click=_set, args=("sentiment.text", changed)):
        st.rerun()


def _with(text: str, word: Span, instead: str) -> str:
    """Put `instead` where the word stood; without it no second space stays behind."""
    before, after = text[: word.start], text[word.end :]
    if instead.strip():
        return before + instead.strip() + after
    return f"{before.rstrip()} {after.lstrip()}".strip()


def _set(key: str, value: str) -> None:
    st.session_state[key] = value


def _beside(before: float, after: float) -> str:
    bars = "".join(
        f"<span>{name}</span><i style='--share:{100 * value:.1f}%'></i><b>{percent(value, 0)}</b>"
        for name, value in (("before", before), ("after", after))
    )
    change = "no change" if abs(after - before) < 0.0005 else points(after - before)
    told = f"From {percent(before, 0)} to {percent(after, 0)} positive: {change}."
    return f"<div class='thaw-what-if'><p role='status'>{escape(told)}</p>{bars}</div>"


def _shares_effects(prediction: Prediction) -> bool:
    """Say whether words were left out several at a time: then all neighbours come in groups of one effect."""
    pairs = zip(prediction.effects[::2], prediction.effects[1::2], strict=False)
    return len(prediction.effects) > 50 and all(one == other for one, other in pairs)


def _cut(count: int) -> str:
    return f" The last {MOST_WORDS} of {count:,} words are shown." if count > MOST_WORDS else ""


def _table(shown: list[Word]) -> str:
    rows = "".join(
        f"<tr><td>{escape(word.text)}</td><td>{escape(points(word.effect))}</td>"
        f"<td>{escape(effect_in_words(word.effect))}</td></tr>"
        for word in shown[-MOST_WORDS:]
    )
    heads = "<tr><th scope='col'>Word</th><th scope='col'>Effect</th><th scope='col'>In words</th></tr>"
    return f"{_STYLE}<div class='thaw-effects'><table>{heads}{rows}</table></div>"


_STYLE = coloured("""<style>
.thaw-what-if { display: grid; grid-template-columns: auto minmax(0, 22rem) auto; gap: 0.3rem 0.7rem;
  align-items: center; font-size: 0.9rem; font-variant-numeric: tabular-nums; justify-content: start; }
.thaw-what-if p { grid-column: 1 / -1; margin: 0; font-size: 1.1rem; font-weight: 600; }
.thaw-what-if i { height: 10px; border-radius: 5px; background: RULE; width: 100%; min-width: 6rem; }
.thaw-what-if i::after { content: ""; display: block; height: 100%; width: var(--share); border-radius: 5px;
  background: EDGE; }
.thaw-effects { max-height: 20rem; overflow: auto; }
.thaw-effects table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.thaw-effects :is(th, td) { text-align: left; padding: 0.2rem 1rem 0.2rem 0; border-bottom: 1px solid RULE;
  overflow-wrap: anywhere; }
.thaw-effects td:nth-child(2) { white-space: nowrap; }
</style>""")
