"""Classes made on the page: name them, drop pictures into each, or take them with the webcam.

What is dropped is kept at once, so that folding the step or opening another page loses nothing; session state holds
names and references only.
"""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any, BinaryIO, cast

import streamlit as st

from model_zoo.data import uploads
from model_zoo.data.folders import SUFFIXES
from model_zoo.data.limits import LIMITS

CLASSES, ROUNDS, CAMERA = "compare.classes", "compare.classes.rounds", "compare.camera"
MADE = "compare.classes.made"  # the reference of the set that was made of these classes
TROUBLE = "compare.upload.trouble"  # why the last thing that was sent, here or in another way, could not be used
ENOUGH = 5  # pictures a class, for a first look

Drafts = list[dict[str, Any]]  # {"id": int, "name": str, "kept": [reference, …], "pictures": int}


def classes_step(use: Callable[[Callable[[], str]], bool]) -> None:
    """Let classes be made; `use` is given what keeps them as one set, and chooses it."""
    drafts = st.session_state.setdefault(CLASSES, [_draft(1), _draft(2)])
    st.caption(f"{ENOUGH} pictures of each are enough for a first look; change light, distance and angle between them.")
    with st.container(horizontal=True, key="compare.drafts"):
        for draft in drafts:
            with st.container(border=True, width=340):
                _class(draft, removable=len(drafts) > 2)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Add a class", icon=":material/add:", key="compare.class.add", on_click=_add)
        missing = _missing(drafts)
        if st.button("Use these pictures", icon=":material/check:", key="compare.class.use", disabled=bool(missing)):
            use(lambda: _made(drafts))
            st.rerun()
        st.caption(missing)


def forget(reference: str) -> None:
    """Delete also the parts that a set was made of, once the set itself is to be deleted."""
    if st.session_state.get(MADE) != reference:
        return
    for part in {part for draft in st.session_state.pop(CLASSES) for part in draft["kept"]}:
        with suppress(ValueError):  # the same pictures were deleted with another set
            uploads.delete(part)


def _made(drafts: Drafts) -> str:
    reference = uploads.keep_files(_named(drafts))
    st.session_state[MADE] = reference
    return reference


def _class(draft: dict[str, Any], removable: bool) -> None:
    id = draft["id"]
    name_key = f"compare.class.{id}.name"
    st.session_state.setdefault(name_key, draft["name"])
    st.text_input(
        "Name of the class",
        key=name_key,
        max_chars=LIMITS.class_characters,
        placeholder="such as ripe" if id == 1 else "such as not yet ripe",
        on_change=_rename,
        args=(id,),
    )
    key = f"compare.class.{id}.files.{_round(id)}"
    st.file_uploader(
        "Drop pictures",
        type=[suffix.removeprefix(".") for suffix in sorted(SUFFIXES)],
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(id, key),
    )
    if st.session_state.get(CAMERA) == id:
        _camera(id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{draft['pictures']}** {'picture' if draft['pictures'] == 1 else 'pictures'}")
        if st.session_state.get(CAMERA) == id:
            st.button("Webcam off", key=f"compare.class.{id}.off", on_click=_look, args=(0,))
        else:
            icon = ":material/photo_camera:"
            st.button("Webcam", icon=icon, key=f"compare.class.{id}.camera", on_click=_look, args=(id,))
        if removable:
            st.button("Remove", key=f"compare.class.{id}.remove", on_click=_remove, args=(id,), type="tertiary")


def _camera(id: int) -> None:
    key = f"compare.class.{id}.shot.{_round(id)}"  # a new round is ready for the next picture
    st.camera_input("Take a picture", key=key, on_change=_take, args=(id, key), label_visibility="collapsed")


def _take(id: int, key: str) -> None:
    sent = st.session_state.get(key)
    files = sent if isinstance(sent, list) else [sent] if sent else []
    if not files:
        return
    draft = _find(id)
    try:
        reference = uploads.keep_files((f"pictures/{file.name.rpartition('/')[2]}", file) for file in files)
    except ValueError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[TROUBLE] = ""
    st.session_state.setdefault(ROUNDS, {})[id] = _round(id) + 1
    if reference not in draft["kept"]:
        draft["kept"].append(reference)
        draft["pictures"] += len(files)


def _named(drafts: Drafts) -> Iterator[tuple[str, BinaryIO]]:
    """Give every kept picture under the name of its class."""
    for draft in drafts:
        numbers = count(1)
        for reference in draft["kept"]:
            with zipfile.ZipFile(uploads.find(reference.removeprefix("upload:")).archive) as archive:
                for entry in archive.infolist():
                    suffix = entry.filename.rpartition(".")[2]
                    with archive.open(entry) as picture:
                        yield f"{draft['name'].strip()}/{next(numbers)}.{suffix}", cast(BinaryIO, picture)


def _missing(drafts: Drafts) -> str:
    """Say what is missing before the classes can be used; empty if nothing is."""
    names = [draft["name"].strip() for draft in drafts]
    if not all(names):
        return "Every class needs a name."
    if len({name.casefold() for name in names}) < len(names):
        return "Two classes have the same name."
    if any("/" in name or "\\" in name for name in names):
        return "A name of a class has no slash."
    few = [draft["name"] for draft in drafts if draft["pictures"] < LIMITS.smallest_class]
    return f"At least {LIMITS.smallest_class} pictures are needed of: {', '.join(few)}." if few else ""


def _draft(id: int) -> dict[str, Any]:
    return {"id": id, "name": "", "kept": [], "pictures": 0}


def _find(id: int) -> dict[str, Any]:
    return next(draft for draft in st.session_state[CLASSES] if draft["id"] == id)


def _round(id: int) -> int:
    return int(st.session_state.get(ROUNDS, {}).get(id, 0))


def _rename(id: int) -> None:
    _find(id)["name"] = st.session_state[f"compare.class.{id}.name"]


def _add() -> None:
    drafts = st.session_state[CLASSES]
    drafts.append(_draft(1 + max(draft["id"] for draft in drafts)))


def _remove(id: int) -> None:
    st.session_state[CLASSES] = [draft for draft in st.session_state[CLASSES] if draft["id"] != id]


def _look(id: int) -> None:
    st.session_state[CAMERA] = id
