"""Step 1: which pictures. Bundled, downloaded, or the visitor's own; then their portrait."""

import streamlit as st

from components.setup import choices, portrait_view, preparing, thumbnails, upload_step
from components.setup.cards import Card, cards
from components.setup.choices import FIRST_MATERIALS, Choices
from components.setup.preparing import Preparation
from components.setup.waiting import stopped, waiting
from model_zoo.data import sources
from model_zoo.data.limits import in_bytes
from model_zoo.data.sources import BUNDLED, DOWNLOADS, Downloadable

OWN = "own"
PER_CLASS_KEY = "compare.per_class"
PER_CLASS = (20, 40, 60, 100, 200, 500)
MARK = "compare.own"  # the visitor looks at the card for own pictures, whatever is chosen


def data_step(chosen: Choices, prepared: Preparation) -> None:
    """Show the cards, what belongs to the marked one, and the portrait of what is chosen."""
    marked = OWN if st.session_state.get(MARK) else _card_of(chosen.data)
    cards(_row(chosen, prepared), marked, key="compare.data", label="Picture sets", on_choose=_pick)
    if marked == OWN:
        upload_step.upload_step(chosen.data if _card_of(chosen.data) == OWN else "")
    elif marked == "materials":
        _materials(chosen)
    if marked != _card_of(chosen.data):
        return  # pictures of the visitor's own are about to replace what is chosen
    if preparing.needs_download(chosen.data):
        _download(sources.download(chosen.data))
    elif prepared.pictures and not prepared.pictures.is_over:
        waiting(prepared.pictures, "Preparing the pictures:", key="compare.pictures", cancel=False)
    if prepared.portrait:
        portrait_view.portrait(prepared.portrait, key="compare.portrait")


def words(chosen: Choices, prepared: Preparation) -> str:
    """Say in a few words what is chosen."""
    if not chosen.data:
        return "Choose pictures"
    title = sources.find(chosen.data, paths=False).title
    return f"{title} · {portrait_view.sentence(prepared.portrait)}" if prepared.portrait else title


def _card_of(data: str) -> str:
    if not data:
        return ""
    source = sources.find(data, paths=False)
    return OWN if source.kind == "upload" else source.reference if source.kind == "download" else source.name


def _pick(card: str) -> None:
    st.session_state[MARK] = card == OWN
    upload_step.forget_trouble()
    if card != OWN and card != _card_of(choices.now().data):
        choices.choose(data=FIRST_MATERIALS if card == "materials" else card)


def _row(chosen: Choices, prepared: Preparation) -> list[Card]:
    own = [Card(OWN, "Your own", "A ZIP, a folder, or a few from the webcam.", drawing=_SENT)]
    if _card_of(chosen.data) == OWN:
        source = sources.find(chosen.data, paths=False)
        shown = _decoded(prepared) if prepared.portrait else ()
        own = [Card(OWN, source.title, source.description, "Yours", pictures=shown, drawing="" if shown else _SENT)]
    bundled = [Card(row.name, row.title, row.description, "Ready", thumbnails.bundled(row.name)) for row in BUNDLED]
    return [*bundled, *own, *(_downloadable(row, chosen, prepared) for row in DOWNLOADS)]


def _downloadable(row: Downloadable, chosen: Choices, prepared: Preparation) -> Card:
    id = f"download:{row.name}"
    shown = _decoded(prepared) if prepared.portrait and chosen.data == id else ()
    note = "Ready" if row.ready else f"Download, {in_bytes(row.bytes)}"
    text = f"{row.description} {row.pictures:,} pictures, {row.classes} classes."
    return Card(id, row.title, text, note, pictures=shown, drawing="" if shown else _TO_FETCH)


def _decoded(prepared: Preparation) -> tuple[str, ...]:
    told = prepared.portrait
    return thumbnails.of_portrait(told["pictures_file"], told["samples"]) if told else ()


def _materials(chosen: Choices) -> None:
    options = sources.find(chosen.data).options
    st.session_state.setdefault(PER_CLASS_KEY, options.per_class)
    st.select_slider(
        "Pictures of each material",
        sorted({*PER_CLASS, options.per_class}),
        key=PER_CLASS_KEY,
        on_change=_draw_more,
        width=420,
        help="They are drawn, so there can be any number. More pictures make smaller differences certain.",
    )


def _draw_more() -> None:
    choices.choose(data=f"materials:per_class={st.session_state[PER_CLASS_KEY]}")


def _download(row: Downloadable) -> None:
    st.markdown(f"**{row.title}** · {row.description} {row.reference}. Terms: {row.terms}.")
    job = preparing.held("download")
    job = job if job and job.spec == {"data": f"download:{row.name}"} else None
    stopped("download", job, f"Downloading {row.title}:")
    if job and not job.is_over:
        waiting(job, f"Downloading {row.title}:", key="compare.download")
    elif job is None and st.button(f"Download {in_bytes(row.bytes)}", icon=":material/download:", key="compare.fetch"):
        preparing.begin("download", "download", {"data": f"download:{row.name}"})
        st.rerun()


_ICON = (
    '<svg width="34" height="34" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{}"/></svg>'
)
_TRAY = "M4 15v4a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-4"
_SENT = _ICON.format(f"M12 15V4M7 9l5-5 5 5{_TRAY}")
_TO_FETCH = _ICON.format(f"M12 4v11M7 10l5 5 5-5{_TRAY}")
