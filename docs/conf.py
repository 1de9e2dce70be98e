"""How the site is built: `make docs`. Nothing is fetched when it is looked at, and search works offline."""

from __future__ import annotations

import sys
from pathlib import Path

import globular

sys.path.insert(0, str(Path(__file__).parent))

project = "globular"
author = "The globular developers"
copyright = author
version = release = globular.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "builder.attributes",
    "builder.commands",
    "builder.mathml",
    "builder.measured",
    "builder.offline",
    "builder.pictures",
    "builder.tables",
]
exclude_patterns = ["builder", "_generated"]
nitpicky = True
nitpick_ignore_regex = [
    # What NumPy, scikit-learn and Python call their things is not ours to link to without a network.
    ("py:.*", r"(?!globular).*"),
]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

smartquotes = False  # a dash may be an option, and quotes a shell's
default_role = "code"  # `name` in a docstring is a name in the code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say types in words
autodoc_class_signature = "mixed"
napoleon_use_ivar = False  # each attribute can be linked to and searched for
python_maximum_signature_line_length = 88
add_module_names = False
add_function_parentheses = False
toc_object_entries_show_parents = "hide"

copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"
copybutton_selector = "div:not(.highlight-output) > div.highlight > pre"

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "globular"
html_static_path = ["_static"]
html_css_files = ["globular.css"]
html_favicon = "_static/mark.svg"
html_logo = "_static/mark.svg"
html_copy_source = False
# A browser fetches nothing for a page that is a file on a disk.
html_show_search_summary = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "sidebar_hide_name": False,
    "light_css_variables": {
        "color-brand-primary": "#00557f",
        "color-brand-content": "#00557f",
        "color-brand-visited": "#5b3a86",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7cc4f0",
        "color-brand-content": "#7cc4f0",
        "color-brand-visited": "#c3a6ec",
    },
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
