"""The door: page config, then the page that was asked for."""

import streamlit as st

import dashboard
from components import shell

shell.frame()
st.navigation(dashboard.pages(), position="top").run()
