r"""Text goes in; the same text for LaTeX comes out, none of it a command, and none of it a character that pdflatex refuses."""

from __future__ import annotations

from netgraph.drawing.text import clean

UNSET = "[U+{:04X}]"
_SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", "-": "-{}", ",": ",{}",      # {} parts ligatures
    "·": r"\textperiodcentered{}", "×": r"\texttimes{}", "…": r"\ldots{}",
    "→": r"\ensuremath{\to}", "←": r"\ensuremath{\gets}", "−": r"\ensuremath{-}", "⊕": r"\ensuremath{\oplus}",
    "⊗": r"\ensuremath{\otimes}", "≤": r"\ensuremath{\le}", "≥": r"\ensuremath{\ge}", "∞": r"\ensuremath{\infty}",
    "√": r"\ensuremath{\surd}", "∑": r"\ensuremath{\Sigma}", "∂": r"\ensuremath{\partial}", "∇": r"\ensuremath{\nabla}",
}
_GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon varphi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega").split(), strict=True))
# Letters of Latin alphabets that the T1 encoding has.
_LATIN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĂăĄąĆćČčĎďĐđĘęĚěĞğĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŤťŮůŰűŸŹźŻżŽž")


def escaped(text: str) -> str:
    r"""The text as LaTeX: signs by their names, and characters that pdflatex lacks by \netchar and their number.

    >>> print(escaped(r"\input{x_1}"), escaped("层"))
    \textbackslash{}input\{x\_1\} \netchar{5C42}
    """
    return "".join(_character(c) for c in clean(text))


def unset(text: str) -> set[str]:
    """The characters of the text that pdflatex lacks.

    >>> unset("σ(x) → é 层")
    {'层'}
    """
    return {c for c in clean(text) if not _is_set(c)}


def _is_set(c: str) -> bool:
    return c.isascii() or c in _SIGNS or c in _GREEK or c in _LATIN


def _character(c: str) -> str:
    if c in _SIGNS:
        return _SIGNS[c]
    if c in _GREEK:
        return rf"\ensuremath{{\{_GREEK[c]}}}"
    return c if _is_set(c) else rf"\netchar{{{ord(c):04X}}}"
