"""The site's style sheets as a renderer outside of a browser reads them.

One theme, no variables, drawing alone.

Browsers resolve `var(--pl-ink)` and `color-mix(…)`, and know themes by an attribute of the page. What renders PNG knows
none of it, so that the rules that draw are written out with their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tinycss2

THEMES = ("light", "dark")
PROPERTIES = frozenset(
    {
        *("fill", "fill-opacity", "fill-rule", "opacity", "paint-order", "text-anchor"),
        *("stroke", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width"),
        *("font-family", "font-size", "font-style", "font-weight"),
    }
)
"""What is drawn by; all else places boxes of a page."""
FONTS = {"--pl-sans": '"IBM Plex Sans"', "--pl-mono": '"IBM Plex Mono"'}
"""The families by the names within their files, where pages give them names of their own."""
CUTS = {"300": '"IBM Plex Sans Light"', "500": '"IBM Plex Sans Medium"'}
"""Weights that are families of their own in the files."""
THEME = re.compile(r'^\[data-bs-theme(?:="(?P<name>\w+)")?\]\s*(?P<rest>.*)$')
MIXED = re.compile(r"in srgb,\s*(?P<one>#[0-9a-f]{6})\s+(?P<share>[\d.]+)%,\s*(?P<other>#[0-9a-f]{6}|transparent)")
STATES = re.compile(r":(?!first-child\b)|::|[~+]")
"""What a picture on paper has none of: hovering, focus, neighbours."""
NESTED_MAX = 10
"""Variables that may lead to one another."""


class StyleError(Exception):
    """A style sheet uses what cannot be written out; the message says which and where."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that draws: its selectors, and its declarations as they were written."""

    selectors: Sequence[str]
    declarations: Mapping[str, str]


def resolve(sheets: Iterable[str], theme: str) -> str:
    """Return the rules that draw, for one theme, with every value written out."""
    rules = [rule for sheet in sheets for rule in read(sheet)]
    variables = _variables(rules, theme) | FONTS
    written = (_written(rule, variables, theme) for rule in rules)
    return "\n".join(line for line in written if line)


def token(sheets: Iterable[str], theme: str, name: str) -> str:
    """Return the value of a variable in a theme: `--pl-surface`."""
    variables = _variables([rule for sheet in sheets for rule in read(sheet)], theme)
    return value(f"var({name})", variables)


def read(sheet: str) -> Iterator[Rule]:
    """Yield the rules of a style sheet that hold on every screen.

    Those for some screens, or paper, are left out.
    """
    yield from _rules(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True))


def _rules(nodes: Iterable[Any]) -> Iterator[Rule]:
    for node in nodes:
        if node.type == "at-rule" and _is_for_screens(node):
            yield from _rules(tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True))
        if node.type == "qualified-rule":
            selectors = [one.strip() for one in tinycss2.serialize(node.prelude).split(",")]
            found = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            declared = [one for one in found if one.type == "declaration"]
            yield Rule(selectors, {one.name: tinycss2.serialize(one.value).strip() for one in declared})


def _is_for_screens(node: Any) -> bool:
    medium = str(tinycss2.serialize(node.prelude)).strip()
    return bool(node.lower_at_keyword == "media" and medium == "screen" and node.content)


def _variables(rules: Iterable[Rule], theme: str) -> dict[str, str]:
    """Return the custom properties of a theme.

    Those of the root, and over them those of the theme itself.
    """
    found: dict[str, str] = {}
    for rule in rules:
        if any(_is_root(selector, theme) for selector in rule.selectors):
            found |= {name: text for name, text in rule.declarations.items() if name.startswith("--")}
    return found


def _is_root(selector: str, theme: str) -> bool:
    if selector == ":root":
        return True
    matched = THEME.match(selector)
    return matched is not None and not matched["rest"] and matched["name"] in {None, theme}


def _written(rule: Rule, variables: Mapping[str, str], theme: str) -> str:
    selectors = [found for selector in rule.selectors if (found := _selector(selector, theme))]
    drawn = {name: text for name, text in rule.declarations.items() if name in PROPERTIES}
    if not selectors or not drawn:
        return ""
    written = {name: value(text, variables) for name, text in drawn.items()}
    if cut := CUTS.get(written.get("font-weight", "")):
        written.setdefault("font-family", cut)
    body = " ".join(f"{name}: {text};" for name, text in _opaque(written))
    return f"{', '.join(selectors)} {{ {body} }}"


def _selector(selector: str, theme: str) -> str:
    """Return a selector without its theme.

    Empty where it is of the other theme, or of a state.
    """
    if matched := THEME.match(selector):
        if matched["name"] not in {None, theme}:
            return ""
        selector = matched["rest"]
    return "" if STATES.search(selector) else selector


def value(text: str, variables: Mapping[str, str]) -> str:
    """Return a value with variables and mixed colours written out."""
    nodes = tinycss2.parse_component_value_list(text, skip_comments=True)
    for _ in range(NESTED_MAX):
        if not any(_is_function(node, "var") for node in _each(nodes)):
            return _mixed(nodes)
        nodes = tinycss2.parse_component_value_list(_substituted(nodes, variables), skip_comments=True)
    raise StyleError(f"{text} leads to itself")


def _substituted(nodes: Sequence[Any], variables: Mapping[str, str]) -> str:
    parts = []
    for node in nodes:
        if _is_function(node, "var"):
            name, *default = "".join(map(_plain, node.arguments)).split(",", 1)
            known = variables.get(name.strip(), *default)
            if known is None:
                raise StyleError(f"no style sheet gives {name.strip()} a value")
            parts.append(known)
        elif node.type == "function":
            parts.append(f"{node.name}({_substituted(node.arguments, variables)})")
        else:
            parts.append(_plain(node))
    return "".join(parts)


def _plain(node: Any) -> str:
    return str(tinycss2.serialize([node]))


def _each(nodes: Sequence[Any]) -> Iterator[Any]:
    for node in nodes:
        yield node
        if node.type == "function":
            yield from _each(node.arguments)


def _is_function(node: Any, name: str) -> bool:
    return bool(node.type == "function" and node.lower_name == name)


def _mixed(nodes: Sequence[Any]) -> str:
    return "".join(_mix(node.arguments) if _is_function(node, "color-mix") else _plain(node) for node in nodes).strip()


def _mix(arguments: Sequence[Any]) -> str:
    """Return `in srgb, <colour> <share>%, <colour>` as one colour."""
    words = tinycss2.serialize(arguments).strip()
    found = MIXED.fullmatch(words)
    if found is None:
        raise StyleError(f"color-mix({words}) is none that can be mixed here")
    share, other = float(found["share"]) / 100, found["other"]
    if other == "transparent":
        return f"rgba({', '.join(map(str, _rgb(found['one'])))}, {share:g})"
    mixed = (round(one * share + two * (1 - share)) for one, two in zip(_rgb(found["one"]), _rgb(other), strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _opaque(written: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield declarations, an unknown family's fallbacks left out."""
    for name, text in written.items():
        yield name, text.split(",")[0] if name == "font-family" else text
