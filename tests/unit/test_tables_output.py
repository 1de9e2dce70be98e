"""A file is written whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os
import stat

import pytest

from globular.errors import OutputError, OutputExistsError
from globular.tables.output import check_target, write_text


def write(path, text="new", force=False):
    write_text(str(path), lambda stream: stream.write(text), force=force)


def test_a_file_is_written_as_utf_8_with_its_own_line_ends(tmp_path):
    write(tmp_path / "t", "ü\r\n\n")
    assert (tmp_path / "t").read_bytes() == b"\xc3\xbc\r\n\n"
    assert os.listdir(tmp_path) == ["t"]


def test_a_file_that_exists_stays_unless_forced(tmp_path):
    write(tmp_path / "t", "old")
    with pytest.raises(OutputExistsError, match="exists; replace it with --force or choose another name"):
        write(tmp_path / "t")
    assert (tmp_path / "t").read_text() == "old"
    write(tmp_path / "t", force=True)
    assert (tmp_path / "t").read_text() == "new"


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError()]
)
def test_a_failure_on_the_way_leaves_the_old_file_and_nothing_beside_it(tmp_path, failure):
    def fail(stream):
        stream.write("half")
        stream.flush()
        raise failure

    (tmp_path / "t").write_text("old")
    with pytest.raises(OutputError if isinstance(failure, OSError) else type(failure)) as caught:
        write_text(str(tmp_path / "t"), fail, force=True)
    assert (tmp_path / "t").read_text() == "old"
    assert os.listdir(tmp_path) == ["t"]
    if isinstance(failure, OSError):
        assert str(caught.value) == f"{tmp_path / 't'} cannot be written: No space left on device"


def test_nothing_stands_under_the_name_before_it_is_complete(tmp_path):
    def look(stream):
        stream.write("half")
        stream.flush()
        assert not (tmp_path / "t").exists()

    write_text(str(tmp_path / "t"), look, force=False)
    assert (tmp_path / "t").read_text() == "half"


def test_permissions_are_those_of_the_user_or_of_the_file_replaced(tmp_path):
    (tmp_path / "plain").write_text("")
    write(tmp_path / "t")
    assert (tmp_path / "t").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "t").chmod(0o640)
    write(tmp_path / "t", force=True)
    assert stat.S_IMODE((tmp_path / "t").stat().st_mode) == 0o640


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "t").write_text("old")
    (tmp_path / "link").symlink_to("t")
    write(tmp_path / "link", force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "t").read_text() == "new"


def test_a_symbolic_link_to_no_file_yet_makes_that_file(tmp_path):
    (tmp_path / "link").symlink_to("t")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "t").read_text() == "new"


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    name = os.pathconf(tmp_path, "PC_NAME_MAX") * "a"
    write(tmp_path / name)
    assert os.listdir(tmp_path) == [name]


def test_a_device_is_written_to_and_not_replaced():
    before = os.stat(os.devnull)
    write(os.devnull)
    assert os.stat(os.devnull).st_rdev == before.st_rdev
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "is a directory; name a file in it"),
        ("absent/t", "the folder .*absent does not exist; create it first"),
        ("file/t", "its folder cannot be written to; choose another place"),
    ],
)
def test_what_cannot_be_written_is_known_before_the_work(tmp_path, path, message):
    (tmp_path / "file").write_text("")
    target = f"{tmp_path}/{path}"
    with pytest.raises(OutputError, match=message):
        check_target(target, force=True)
    with pytest.raises(OutputError, match=message):
        write(target)
