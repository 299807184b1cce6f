"""Long lists in pages: which part of one is shown, and the widget that turns to another part."""

import streamlit as st


def turned_to(count: int, size: int, *, key: str) -> slice:
    """Give the part of `count` things that the visitor turned to, `size` at once; where one page holds all, all."""
    if count <= size:
        return slice(0, count)
    page = st.pagination(-(-count // size), key=key)
    return slice((page - 1) * size, page * size)
