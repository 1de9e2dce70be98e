"""Make `chapter.ipynb` of the scripts of this folder, and run it.

    python examples/chapter/as_notebook.py [FILE]

A script's title and paragraph become a cell of text, so do its remarks, and its cells of code stay what they
are. What Jupyter notes about times and identities is left out, so that the same outputs give the same file.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import nbformat
from measure import HERE, scripts
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NOTEBOOK = HERE / "chapter.ipynb"
HEAD = """# The k-means chapter, by globular

What the k-means chapter of VanderPlas' *Python Data Science Handbook* shows, and what it leaves out, page by
page. This notebook is made of the scripts of its folder by `make chapter`; edit those. It runs where globular
is installed with its plots, beside `beside.py` and `as_printed.py`.
"""


def assembled() -> Any:
    """The notebook of all scripts, not yet run."""
    cells = [new_markdown_cell(HEAD.strip(), id="head")]
    for script in scripts():
        name = script.path.stem.replace("_", "-")
        cells.append(new_markdown_cell(f"## {script.title}\n\n{script.text}", id=name))
        for i, code in enumerate(script.cells, 1):
            text, number = remark_of(code), f"{name}-{i}"
            cells.append(
                new_markdown_cell(f"> {text}", id=number) if text else new_code_cell(code, id=number)
            )
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": spec})


def remark_of(code: str) -> str | None:
    """The text of a cell that does nothing but remark; None of any other."""
    match ast.parse(code).body:
        case [ast.Expr(ast.Call(func=ast.Name("remark"), args=[ast.Constant(str(text))]))]:
            return text
    return None


def joined(outputs: list[Any]) -> list[Any]:
    """The outputs of a cell, with lines that were printed one after the other in one piece."""
    found: list[Any] = []
    for output in outputs:
        last = found[-1] if found else {}
        if output["output_type"] == last.get("output_type") == "stream" and output["name"] == last["name"]:
            last["text"] += output["text"]
        else:
            found.append(output)
    return found


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else NOTEBOOK
    notebook = assembled()
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(HERE)}}).execute()
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    notebook.metadata.pop("language_info", None)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
