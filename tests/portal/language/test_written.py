"""What templates write is what markupsafe writes, in whichever place."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from credentials.sentence import sentence
from portal.language.spoken_templates import SpokenEnvironment, written
from tests.conftest import PROJECT

_TEMPLATES = {
    "parts": "{% macro put(x) %}<i>{{ x }}</i>{{ caller() if caller else '' }}{% endmacro %}",
    "page": (
        "{% extends 'layout' %}{% from 'parts' import put %}{% block body %}{{ x }}{{ x ~ '<' }}{{ put(x) }}"
        "{% call put(x) %}<b>{{ x }}</b>{% endcall %}{% set kept %}<u>{{ x }}</u>{% endset %}{{ kept }}{{ kept ~ x }}"
        "{% filter upper %}{{ x }}<{% endfilter %}{{ x | upper }}{{ x | e }}{{ x | safe }}{{ [x, kept] | join(', ') }}"
        "{% for each in [x, kept] %}{{ each }}{{ put(each) }}{% endfor %}"
        "{% for each in [x, kept] %}{{ around(each) }}{{ asks(each) }}{{ asks_the_context(each) }}{% endfor %}"
        "{% endblock %}"
    ),
    "layout": '<p title="{{ x }}">{% block body %}{% endblock %}{{ self.body() }}</p>',
}
_OURS = SpokenEnvironment(lambda text: text, loader=DictLoader(_TEMPLATES), autoescape=True)
_JINJA = Environment(loader=DictLoader(_TEMPLATES), autoescape=True)


class _Brackets:
    def around(self, value: Any) -> str:
        return f"<{value}>"

    @pass_context
    def asks(self, context: Context, value: Any) -> str:
        return f"{value}{context['x']}{context.get('each', '-')}"


@pass_context
def _asks_the_context(context: Context, value: Any) -> str:
    return f"{value}{context['x']}{context.get('each', '-')}"


for _one in (_OURS, _JINJA):
    _one.globals |= {"around": _Brackets().around, "asks": _Brackets().asks, "asks_the_context": _asks_the_context}


class _Own:
    def __html__(self) -> str:
        return "<own>"

    def __str__(self) -> str:
        return "<not this>"


_TEXTS = st.text(st.one_of(st.sampled_from("&<>'\"ab;#"), st.characters()), max_size=12)
_VALUES = st.one_of(
    _TEXTS,
    _TEXTS.map(Markup),
    _TEXTS.map(lambda text: sentence("<{x}>", x=text)),
    st.integers(),
    st.none(),
    st.booleans(),
    st.lists(_TEXTS, max_size=2),
    st.just(_Own()),
)


@given(_VALUES)
def test_it_writes_what_markupsafe_writes(value: Any) -> None:
    assert str(written(value)) == str(escape(value))


@given(_VALUES)
def test_pages_say_what_jinjas_own_say(value: Any) -> None:
    assert _OURS.get_template("page").render(x=value) == _JINJA.get_template("page").render(x=value)


def test_it_is_what_templates_write_by() -> None:
    template = _OURS.get_template("page")
    assert template.root_render_func.__globals__["escape"] is written


def test_no_template_says_itself_what_is_escaped() -> None:
    """Macros are called without being told: in all of them the environment decides, which escapes everything."""
    folder = PROJECT / "portal" / "templates"
    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len(names) > 50
    assert not [name for name in names if "autoescape" in (folder / name).read_text(encoding="utf-8")]
