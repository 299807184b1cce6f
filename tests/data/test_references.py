"""Tables of what people wrote of pictures."""

import pytest

from model_zoo.data import references
from model_zoo.data.references import matched, read


def test_a_picture_has_as_many_captions_as_it_has_rows_in_their_order() -> None:
    found = read(b"image,caption\nb.jpg,A dog.\na.jpg,A man.\nb.jpg,The dog.\n", "refs.csv")
    assert found.captions == {"b.jpg": ("A dog.", "The dog."), "a.jpg": ("A man.",)}
    assert list(found.captions) == ["b.jpg", "a.jpg"]
    assert (found.rows, found.left_out) == (3, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_delimiters_capitals_and_other_columns_are_taken_as_they_come(encoding: str, delimiter: str) -> None:
    lines = (("ID", " Caption ", "IMAGE"), ("1", "Café am Meer", "a.jpg"))
    text = "\r\n".join(delimiter.join(line) for line in lines)
    assert read(text.encode(encoding), "refs.csv").captions == {"a.jpg": ("Café am Meer",)}


def test_commas_that_nobody_quoted_belong_to_the_caption() -> None:
    found = read(b'image,caption\na.jpg,A dog, a cat, and a man\nb.jpg,"A dog, a cat"\n', "refs.csv")
    assert found.captions == {"a.jpg": ("A dog, a cat, and a man",), "b.jpg": ("A dog, a cat",)}


def test_rows_without_a_name_or_without_words_are_counted() -> None:
    found = read(b"image,caption\na.jpg,A dog\n,A cat\na.jpg,\na.jpg\n", "refs.csv")
    assert found.captions == {"a.jpg": ("A dog",)}
    assert found.left_out == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"image,text\na.jpg,b\n", "refs.csv has no column “caption”; its first line says: image, text. Name the col"),
        (b"a.jpg,A dog\nb.jpg,A cat\n", "no column “image”; its first line says: a.jpg, A dog"),
        (b"image,caption\n", "needs a first line"),
        (b"", "needs a first line"),
        (b"image,caption\na.jpg,\n", "refs.csv has no row with"),
        (b"\x89PNG\0\xff\0\0" * 50, "refs.csv is no text"),
        (b'image,caption\n"a.jpg,A dog\n', "refs.csv has no row with"),
    ],
)
def test_what_is_no_table_of_captions_is_a_sentence_with_a_way_out(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(content, "refs.csv")


def test_more_rows_than_can_be_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "MOST_ROWS", 2)
    with pytest.raises(ValueError, match="3 rows; at most 2"):
        read(b"image,caption\na,b\na,c\na,d\n", "refs.csv")


@pytest.mark.parametrize(
    ("picture", "reference"),
    [
        ("a.jpg", "a.jpg"),
        ("photos/a.jpg", "a.jpg"),
        ("photos/a.jpg", "./photos/a.jpg"),
        ("photos/a.jpg", "photos\\a.jpg"),
        ("photos/a.jpg", "C:/Users/me/photos/a.jpg"),
        ("photos/a.jpg", "A.JPG"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
    ],
)
def test_a_picture_is_known_by_its_path_or_by_the_name_of_its_file(picture: str, reference: str) -> None:
    assert matched([picture, "photos/other.png"], [reference, "x.png"]) == {picture: reference}


def test_names_that_could_mean_two_pictures_mean_none_unless_their_folders_tell() -> None:
    pictures = ["set/cats/1.jpg", "set/dogs/1.jpg", "set/dogs/2.jpg"]
    assert matched(pictures, ["1.jpg", "2.jpg"]) == {"set/dogs/2.jpg": "2.jpg"}
    assert matched(pictures, ["dogs/1.jpg", "cats/1.jpg"]) == {
        "set/cats/1.jpg": "cats/1.jpg",
        "set/dogs/1.jpg": "dogs/1.jpg",
    }
    assert matched(["a/1.jpg"], ["b/1.jpg", "c/1.jpg"]) == {}


def test_the_same_path_comes_before_the_same_ending_and_the_same_spelling_before_capitals() -> None:
    assert matched(["1.jpg", "x/1.jpg"], ["1.jpg"]) == {"1.jpg": "1.jpg"}
    assert matched(["a.jpg", "A.jpg"], ["A.jpg", "a.jpg"]) == {"a.jpg": "a.jpg", "A.jpg": "A.jpg"}


def test_a_name_of_another_folder_is_another_picture() -> None:
    assert matched(["cats/1.jpg"], ["dogs/1.jpg"]) == {}
    assert matched(["set/cats/1.jpg", "set/dogs/1.jpg"], ["dogs/1.jpg"]) == {"set/dogs/1.jpg": "dogs/1.jpg"}
    assert matched(["1.jpg"], ["my/pictures/1.jpg"]) == {"1.jpg": "my/pictures/1.jpg"}


def test_spaces_inside_the_name_of_a_picture_stay() -> None:
    found = read("image,caption\nBild\u202f1.png,a  dog\na  b.png , a cat\n".encode(), "refs.csv")
    assert found.captions == {"Bild\u202f1.png": ("a dog",), "a  b.png": ("a cat",)}
