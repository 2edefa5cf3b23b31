"""Every sentence of a screen or a message exists in French and English, and none stands in the code untranslated."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from app.core.language import Language
from app.core.texts import texts_of
from app.web import catalogues

APP = Path(catalogues.__file__).parents[1]
TEMPLATES = sorted((APP / "web" / "templates").rglob("*.html"))
SOURCES = sorted(
    path for place in ("web", "digest") for path in (APP / place).rglob("*.py") if path.name != "catalogues.py"
)
SPOKEN_ATTRIBUTES = {"title", "alt", "aria-label", "placeholder", "aria-description"}
NAMES = {"ProdOps Hub"}
TRANSLATING = {"gettext", "ngettext", "_", "marked"}
Sentences = dict[catalogues.Id, catalogues.Id]


def said(language: Language) -> Sentences:
    return catalogues.translations(catalogues.read(language))


@pytest.mark.parametrize("language", list(Language))
def test_the_catalogues_say_every_sentence_and_no_other(language: Language) -> None:
    shown, known = set(catalogues.sentences()), said(language)
    assert not shown - known.keys(), "Run 'make translations', then translate what it names."
    assert not known.keys() - shown, "Nothing shows these any more: run 'make translations'."
    assert not list(catalogues.missing(catalogues.read(language)))


def test_english_says_what_the_ids_say() -> None:
    assert {identity: text for identity, text in said(Language.EN).items() if identity != text} == {}


def test_french_names_the_same_values() -> None:
    for identity, text in said(Language.FR).items():
        english, french = (sorted(re.findall(r"%\(\w+\)s", _forms(one)[-1])) for one in (identity, text))
        assert english == french, identity


def test_french_keeps_its_typography() -> None:
    wrong = [
        text
        for sentence in said(Language.FR).values()
        for text in _forms(sentence)
        if re.search(
            r"'|\"| [:;?!%»]|« |[^\s\u00a0\u202f\d(/:][:;?!»](?=\s|$)|\w\.\.\.",
            re.sub(r"https?:|%\(\w+\)s|%(?=%)", "", text),
        )
    ]
    assert wrong == [], "French sets ’, « », and a no-break space before : ; ? ! %"


def test_sentences_are_translated_with_their_values() -> None:
    french = texts_of(Language.FR)
    assert french.gettext("Data as of %(at)s", at="midi") == "Données du midi"
    assert french.gettext("a sentence that no catalogue has") == "a sentence that no catalogue has"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_speaks_one_language(path: Path) -> None:
    source = path.read_text()
    assert list(_spoken_html(source)) == []
    assert list(_spoken_in_expressions(source)) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_source_speaks_one_language(path: Path) -> None:
    assert list(_spoken_python(path.read_text())) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_sentence_stands_inside_an_f_string_where_the_catalogues_do_not_see_it(path: Path) -> None:
    assert list(_hidden(path.read_text())) == []


def test_a_sentence_inside_an_f_string_is_found() -> None:
    assert list(_hidden("f\"*{gettext('What moved')}*\"")) == ["gettext('What moved')"]


@pytest.mark.parametrize(
    "source",
    ["<p>Hello there</p>", '<a title="Hello">{{ x }}</a>', '<img alt="A chart">', "{% if x %}Hello{% endif %}"],
)
def test_a_hard_coded_text_of_a_template_is_found(source: str) -> None:
    assert list(_spoken_html(source))


def test_a_hard_coded_text_of_an_expression_is_found() -> None:
    assert list(_spoken_in_expressions('{{ empty("Nothing is here") }}'))
    assert not list(_spoken_in_expressions('{{ empty(_("Nothing is here")) }}'))


@pytest.mark.parametrize("source", ['TITLE = "Hello there"', 'view.render("x.html", title=f"Hello {name} there")'])
def test_a_hard_coded_text_of_a_source_is_found(source: str) -> None:
    assert list(_spoken_python(source))


@pytest.mark.parametrize(
    "source",
    ['TITLE = marked("Hello there")', 'raise LookupError("Hello there")', '"""Hello there."""', 'KEY = "hello"'],
)
def test_what_nobody_reads_on_a_screen_is_left_alone(source: str) -> None:
    assert not list(_spoken_python(source))


def _forms(text: catalogues.Id) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def _hidden(source: str) -> Iterator[str]:
    for string in ast.walk(ast.parse(source)):
        if isinstance(string, ast.JoinedStr):
            for call in ast.walk(string):
                if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in TRANSLATING:
                    yield ast.unparse(call)


def _spoken_html(source: str) -> Iterator[str]:
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", source, flags=re.DOTALL)
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value)

    Reader().feed(source)
    for text in found:
        if re.search(r"[^\W\d_]{2}", re.sub("|".join(NAMES), "", text)):
            yield text.strip()


def _spoken_in_expressions(source: str) -> Iterator[str]:
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    translated = {
        id(inner)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATING
        for inner in call.find_all(nodes.Const)
    }
    for constant in tree.find_all(nodes.Const):
        if id(constant) not in translated and isinstance(constant.value, str) and _is_sentence(constant.value):
            yield constant.value


def _spoken_python(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    quiet: set[int] = set()
    for node in ast.walk(tree):
        translating = isinstance(node, ast.Call) and _name(node.func) in TRANSLATING
        statement = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if translating or statement or isinstance(node, ast.Raise):
            quiet |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in quiet and _is_sentence(node.value):
            yield node.value


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_sentence(text: str) -> bool:
    """Begins with a capital and has a second word: addresses, keys and header values do not."""
    return re.match(r"[A-ZÀ-Ý«][^<>{}=]*\s(\S|$)", text) is not None
