"""Templates of one language: texts without values are put into the page when a template is read, not when it is shown.

So a page in German takes no longer than one in English, and neither takes the time to look its texts up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from types import MethodType
from typing import Any

from jinja2 import Environment, Template, nodes
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

Say = Callable[[str], str]

_TO_BE_ESCAPED = re.compile("[&<>'\"]")

_GETTEXT = ("_", "gettext")

_OF_A_FRAME = ("_loop_vars", "_block_vars")
"""What compiled templates give along with each call, for functions that ask for the context."""


class SpokenEnvironment(Environment):
    """Jinja's environment, for templates whose marked texts `say` says; texts with values when they are shown."""

    def __init__(self, say: Say, **options: Any) -> None:
        super().__init__(**options)
        self._say = say
        self.template_class = _SpokenTemplate
        self.context_class = _SpokenContext

    # Its overloads tell two kinds of results apart, which are passed on.
    def compile(  # type: ignore[override]
        self, source: Any, name: str | None = None, filename: str | None = None, **options: Any
    ) -> Any:
        """See jinja2.Environment.compile."""
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        return super().compile(_Saying(self._say).visit(tree), name, filename, **options)


def written(value: Any) -> str:
    """What `markupsafe.escape` writes of a value, for one place in a page.

    A page has two hundred such places, and most texts hold nothing to be escaped: these are written as they are,
    without an object around each that says so. What a template does with the result is to put it between others.
    """
    kind = value.__class__
    if kind is Markup or (kind is str and not _TO_BE_ESCAPED.search(value)):
        text: str = value
        return text
    return escape(value)


@lru_cache(maxsize=1)
def _kept() -> None:
    """There for its type: that of a macro of which is kept what it wrote."""


_CALLED_AS_THEY_ARE = frozenset({Macro, type(_kept)})


class _SpokenContext(Context):
    """Calls macros and plain methods as they are.

    Jinja asks of each whether it wants the context, which takes longer than most of them do, sixty times a page. These
    do not want it: and a macro that is not told whether to escape asks its environment, in which everything is escaped.
    """

    def call(self, obj: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """See jinja2.runtime.Context.call."""
        kind = obj.__class__
        if kind in _CALLED_AS_THEY_ARE or (kind is MethodType and not hasattr(obj, "jinja_pass_arg")):
            for name in _OF_A_FRAME:
                kwargs.pop(name, None)
            return obj(*args, **kwargs)
        return super().call(obj, *args, **kwargs)


class _SpokenTemplate(Template):
    """A template that writes by `written`, and whose macros are imported without asking whether its globals are others:
    nobody gives a template globals of its own, so they are the environment's."""

    @classmethod
    def _from_namespace(cls, environment: Any, namespace: Any, globals: Any) -> Any:
        namespace["escape"] = written
        return super()._from_namespace(environment, namespace, globals)

    def _get_default_module(self, ctx: Any = None) -> Any:
        del ctx
        return super()._get_default_module()


class _Saying(NodeTransformer):
    """Puts what is said in the place of `_("…")` and of `{% trans %}` without values."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  (jinja’s name)
        """A call of gettext with one constant."""
        self.generic_visit(node)
        is_text = isinstance(node.node, nodes.Name) and node.node.name in _GETTEXT
        has_values = node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None or len(node.args) != 1
        if not is_text or has_values or not isinstance(node.args[0], nodes.Const):
            return node
        said = self._say(node.args[0].value) % {}  # in these texts a sign of percent is written twice
        return nodes.MarkSafe(nodes.Const(said), lineno=node.lineno)
