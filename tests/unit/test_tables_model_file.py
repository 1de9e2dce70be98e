"""A model file reads back to the same bits, and nothing but a whole and consistent one is read."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from globular.errors import ModelFileError
from globular.tables.model_file import KEYS, Model, fingerprint, parse_model, read_model, write_model
from globular.tables.numbers import Numbers
from globular.tables.scaling import Scaling

FLOATS = st.floats(-1e100, 1e100, allow_subnormal=True)


def model(d=2, k=2, **fields):
    given_fields = {
        "columns": tuple("abcdefgh"[:d]),
        "weights": None,
        "missing": "error",
        "scaling": Scaling("standard", np.arange(d) + 0.5, np.arange(d) + 2.0),
        "centers": np.arange(k * d, dtype=float).reshape(k, d) / 3,
        "sizes": tuple(range(k, 0, -1)),
        "cost": 1.25,
        "converged": True,
        "seed": 0,
        "n_rows": k * (k + 1) // 2,
        "rows_dropped": 1,
        "fingerprint": "sha256:0",
        "globular": "0.1.0",
    }
    return Model(**{**given_fields, **fields})


def text_of(a_model):
    stream = io.StringIO()
    write_model(stream, a_model)
    return stream.getvalue()


def error_of(data):
    with pytest.raises(ModelFileError) as caught:
        parse_model(data if isinstance(data, bytes) else data.encode(), "m.json")
    message = str(caught.value)
    assert "\n" not in message
    return message


def damaged(**changes):
    """The text of a good model with some keys changed; ``...`` takes a key away."""
    fields = json.loads(text_of(model()))
    fields.update(changes)
    return json.dumps({key: value for key, value in fields.items() if value is not ...})


@given(st.data(), st.integers(1, 4), st.integers(1, 4))
def test_a_model_reads_back_to_the_same_bits(data, d, k):
    scaling = Scaling(
        "robust",
        data.draw(arrays(np.float64, d, elements=FLOATS)),
        data.draw(arrays(np.float64, d, elements=st.floats(1e-100, 1e100))),
    )
    before = model(
        d,
        k,
        scaling=scaling,
        centers=data.draw(arrays(np.float64, (k, d), elements=FLOATS)),
        columns=tuple(data.draw(st.lists(st.text(), min_size=d, max_size=d, unique=True))),
        cost=data.draw(st.floats(0, 1e300)),
        weights=data.draw(st.none() | st.text()),
    )
    after = parse_model(text_of(before).encode("utf-8", "surrogatepass"), "m.json")
    for name in ("centers", "scaling.shift", "scaling.scale"):
        ours, theirs = before, after
        for part in name.split("."):
            ours, theirs = getattr(ours, part), getattr(theirs, part)
        assert ours.tobytes() == theirs.tobytes()
    for name in ("columns", "weights", "missing", "sizes", "cost", "converged", "seed", "n_rows"):
        assert getattr(before, name) == getattr(after, name)
    assert text_of(after) == text_of(before)


def test_a_center_stands_on_one_line():
    lines = text_of(model()).splitlines()
    assert "    [0.0, 0.3333333333333333]," in lines
    assert lines[1] == '  "format": "globular-model",'


@pytest.mark.parametrize("key", [key for key in KEYS if key not in {"format", "version"}])
def test_no_key_may_be_absent(key):
    assert error_of(damaged(**{key: ...})) == f'm.json is damaged: "{key}" is missing'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "m.json is not a globular model: not JSON (line 1: Expecting value)"),
        ("a,b\n1,2\n", "m.json is not a globular model: not JSON (line 1: Expecting value)"),
        (b"\x80\x04\x95", "m.json is not a globular model: not JSON text"),
        ("[" * 100_000, "m.json is not a globular model: not JSON text"),
        ("[1, 2]", "m.json is not a globular model: JSON, but no object"),
        ("{}", 'm.json is not a globular model ("format" is not "globular-model")'),
        ('{"a": 1, "a": 2}', "m.json is damaged: the key 'a' appears twice"),
        ('{"cost": NaN}', "m.json is damaged: NaN is not a finite number"),
        ('{"cost": -Infinity}', "m.json is damaged: -Infinity is not a finite number"),
    ],
)
def test_what_is_no_model_is_refused_in_one_sentence(text, message):
    assert error_of(text) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 3}, "is of version 3, but this globular reads up to 2; upgrade globular"),
        ({"version": 0}, 'is damaged: "version" is 0, but versions begin at 1'),
        ({"version": "1"}, 'is damaged: "version" must be a whole number, 0 or more, but is "1"'),
        ({"version": True}, 'is damaged: "version" must be a whole number, 0 or more, but is true'),
        ({"extra": 1}, 'is damaged: "extra" is no key of this format'),
        ({"columns": []}, 'is damaged: "columns" must be a list of names, but is []'),
        (
            {"columns": ["a", "a"]},
            'is damaged: "columns" must be a list of names, none twice, but is ["a", "a"]',
        ),
        ({"columns": ["a", 1]}, 'is damaged: "columns" must be a list of names, but is ["a", 1]'),
        (
            {"missing": "mode"},
            'is damaged: "missing" must be one of error, drop, mean, median, but is "mode"',
        ),
        ({"missing": "mean"}, 'is damaged: "missing" is "mean", but "fill" says otherwise'),
        ({"fill": [1.0, 2.0]}, 'is damaged: "missing" is "error", but "fill" says otherwise'),
        (
            {"missing": "mean", "fill": [1.0]},
            'is damaged: "fill" must be a list of 2 finite numbers, but is [1.0]',
        ),
        (
            {"centers": [[0, 1e200], [0, 0]]},
            'is damaged: "centers" holds 1e+200, but no center is so far',
        ),
        ({"levels": []}, 'is damaged: "levels" must be an object whose keys are columns'),
        ({"levels": {"z": ["u"]}}, 'is damaged: "levels" must be an object whose keys are columns'),
        ({"levels": {"a": []}}, 'is damaged: "levels.a" must be a list of names, but is []'),
        (
            {"levels": {"a": ["u", "v"]}},
            'is damaged: "scaling.shift" must be a list of 3 finite numbers, but is [0.5, 1.5]',
        ),
        (
            {"missing": ["drop"]},
            'is damaged: "missing" must be one of error, drop, mean, median, but is ["drop"]',
        ),
        ({"scaling": 1}, 'is damaged: "scaling" must be an object, but is 1'),
        ({"scaling": {"kind": "none", "shift": [0, 0]}}, 'is damaged: "scaling.scale" is missing'),
        (
            {"scaling": {"kind": "none", "shift": [0, 0], "scale": [1]}},
            'is damaged: "scaling.scale" must be a list of 2 finite numbers, but is [1]',
        ),
        (
            {"scaling": {"kind": "minmax", "shift": [0, 0], "scale": [1, 0]}},
            'is damaged: "scaling.scale" holds 0.0, but a scale is positive',
        ),
        (
            {"scaling": {"kind": "none", "shift": [0, 0], "scale": [1, 2]}},
            'is damaged: "scaling.kind" is "none", but a shift is not 0 or a scale is not 1',
        ),
        (
            {"centers": [[1, 2], [3]]},
            'is damaged: "centers" must be a list of centers, each of 2 finite numbers, but is [[1, 2], [3]]',
        ),
        (
            {"centers": []},
            'is damaged: "centers" must be a list of centers, each of 2 finite numbers, but is []',
        ),
        (
            {"centers": [[0, 1e999], [0, 0]]},
            'is damaged: "centers" must be a list of centers, each of 2 finite numbers, '
            "but is [[0, Infinity], [0, 0]]",
        ),
        (
            {"centers": [[0, 1], [2, 3]]},
            'is damaged: "centers" and "centers_original_units" disagree; change both or neither',
        ),
        ({"sizes": [2, 2]}, 'is damaged: "sizes" add up to 4, but "n_rows" is 3'),
        ({"sizes": [3]}, 'is damaged: "sizes" must be a list of 2 whole numbers, 0 or more, but is [3]'),
        (
            {"sizes": [4, -1]},
            'is damaged: "sizes" must be a list of 2 whole numbers, 0 or more, but is [4, -1]',
        ),
        ({"cost": -1}, 'is damaged: "cost" is -1.0, but no cost is negative'),
        ({"cost": "0"}, 'is damaged: "cost" must be a finite number, but is "0"'),
        ({"converged": 1}, 'is damaged: "converged" must be true or false, but is 1'),
        ({"weights": 3}, 'is damaged: "weights" must be text, but is 3'),
        ({"seed": -1}, 'is damaged: "seed" must be a whole number, 0 or more, but is -1'),
        ({"fingerprint": None}, 'is damaged: "fingerprint" must be text, but is null'),
    ],
)
def test_a_damaged_model_is_refused_by_its_key(changes, message):
    text = damaged(**changes).replace("Infinity", "1e999")
    assert error_of(text) == f"m.json {message}"


def test_a_number_beyond_floats_is_no_number():
    assert "must be a finite number" in error_of(damaged(cost=10**400))
    assert "not JSON" in error_of('{"cost": ' + "9" * 10_000 + "}")


def test_a_model_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelFileError, match=r"m\.json: no such file$"):
        read_model(str(tmp_path / "m.json"))


def test_the_fingerprint_tells_data_apart():
    def numbers(columns=("a", "b"), points=((1.0, 2.0), (3.0, 4.0)), weights=None):
        return Numbers(columns, np.array(points), weights, np.arange(len(points)), 0)

    prints = [
        fingerprint(numbers()),
        fingerprint(numbers(columns=("b", "a"))),
        fingerprint(numbers(points=((3.0, 4.0), (1.0, 2.0)))),
        fingerprint(numbers(points=((1.0, 2.0), (3.0, 4.000000000000001)))),
        fingerprint(numbers(weights=np.array([1.0, 2.0]))),
    ]
    assert len(set(prints)) == len(prints)
    assert fingerprint(numbers()) == prints[0]
