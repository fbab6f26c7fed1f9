# SPDX-License-Identifier: Apache-2.0

"""Check the English of the documents, docstrings and comments.

``python tools/check_prose.py`` reports violations of the *Writing style* of
the OpenStack documentation guide: words and phrases in ``PHRASES``, sentences
that open with a word of ``OPENERS``, docstrings that open with a word of
``DOCSTRING_OPENERS``, and pages with more than ``BOUND`` pronouns in 100
words, since a pronoun sends the reader back to look for its noun.
"""

import ast
from collections.abc import Iterable, Iterator
import io
import pathlib
import re
import sys
import tokenize

ROOT = pathlib.Path(__file__).parent.parent
PAGES = (
    'README.rst', 'CONTRIBUTING.rst', 'HACKING.rst', 'client/README.rst',
    'doc/source/**/*.rst', 'doc/source/**/*.inc',
    'api-ref/source/*.inc', 'api-ref/source/*.rst', 'api-ref/source/*.yaml',
    'examples/**/*.rst', 'bench/README.rst', 'tools/soak/README.rst',
    'releasenotes/notes/*.yaml')
MODULES = tuple(f'{directory}/**/*.py' for directory in (
    'api-ref', 'bench', 'client', 'doc', 'examples', 'releasenotes', 'tools',
    'usermessages'))

# The bound for a page, in 100 words.  Cinder's user_messages.rst has 3.3,
# Placement's documentation 2.7.
BOUND = 3.3
# The bound says nothing about a page of a few sentences.
FREE = 3
PRONOUNS = frozenset(
    'it that those these this one ones they them who whom whose whoever what '
    'whatever there so such'.split())
OPENERS = ('What', 'Whatever', 'Who', 'Whoever', 'Where', 'Of', 'Behind',
           'Besides')
# The first sentence of a docstring needs a subject, since there is no sentence
# before.
DOCSTRING_OPENERS = (
    'And', 'As', 'It', 'Its', 'Nor', 'Or', 'That', 'They', 'Those', 'Which')

# The words and phrases to replace, by the replacement.
PHRASES = {
    'cannot': r'can not',
    'indefinitely': r'for ever|forever',
    '"consuming service", or "node" for a machine': r'hosts?(?! names?\b)',
    'purge, remove': r'reap(s|ed|er|ing)?',
    'unavailable': r'away',
    'expired': r'past (its|their) time|time is over',
    'fails': r'in vain',
    'before the deadline': r'(?<!point )in time|too late',
    'retry': r'tried again|tries again|try again',
    'behavior': r'behaviours?',
    'the service returns the status code':
        r'(is|are|was|be) (20[014]|300|40[013456]|413|50[03])',
    'service type': r'ax[ei]s',
    'immediately, at the same time': r'at once',
    'also': r'besides',
    'fix': r'mend(s|ed|ing)?',
    'already exists': r'there already',
    'after': r'behind (a|the|its) marker',
    'verify': r'holds? (that|to)',
    'package, layer': r'rooms?',
    'a noun such as "user" or "operator"': (
        r'(any|every|no|some)body|(every|some)one|whoever'),
    'is not a': (
        r'(?<!there )(is|are|was) no'
        r'(?! (longer|more|other|reason)\b)'),
    'a noun after "no"': r'(?<!there )(is|are|was) (?-i:none)',
    'recover': r'tak(e|es|en|ing) (back|it back|them back)',
    'just': r'a moment ago',
    'respond, is available': (
        r'(databases?|nodes?|servers?|services?) (does not |do not )?'
        r'answer(s|ed)?'),
    'map a table': r'adopt(s|ed|ing)?',
    'isolation of the exception context': r'curtains?',
    'not respond': r'stands? still',
    'the US spelling': (
        r'(colour|favour|honour|licence|catalogue|spelt)\w*|'
        r'(author|custom|initial|normal|optim|organ|recogn|serial)'
        r'is(e[ds]?|ing|ation)'),
}

# Code names hosts, rooms and status codes, and a docstring may end with "in
# time".
ONLY_IN_DOCUMENTS = frozenset((
    '"consuming service", or "node" for a machine', 'before the deadline',
    'package, layer', 'the service returns the status code'))

# Directives whose body is prose.
_PROSE = ('note', 'warning', 'tip', 'important', 'list-table', 'glossary')


def _words_of_yaml(lines: Iterable[str]) -> Iterator[str]:
    """Return the lines without the keys of YAML."""
    for line in lines:
        yield re.sub(r'^[\s-]*[\w-]+:( (\||\w+|[\d.]+)$)?|^\s*- (\|$)?', '',
                     line)


def _words_of_rst(lines: Iterable[str]) -> Iterator[str]:
    """Return the lines without code, directives and comments."""
    left_at = None
    previous = ''
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if left_at is not None:
            if not line.strip() or indent > left_at:
                yield ''
                continue
            left_at = None
        explicit = re.match(r'\s*\.\. (?:([\w-]+)::)?', line)
        if explicit and not line.lstrip().startswith('.. _'):
            if explicit[1] not in _PROSE:
                left_at = indent
            yield ''
            continue
        if previous.rstrip().endswith('::') and not line.strip():
            left_at = len(previous) - len(previous.lstrip())
        if line.strip():
            previous = line
        else:
            previous = ''
        yield '' if re.match(r'\s*:[\w-]+:', line) or re.fullmatch(
            r'[\s=~^"+|*-]*', line) else line


def _without_literals(text: str) -> str:
    """Return the text with an X for each literal and each role."""
    return re.sub(r'(:[\w:]+:)?(`+)(?!`)(.+?)(?<!`)\2(?!`)_{0,2}',
                  lambda match: 'X' + '\n' * match[0].count('\n'), text,
                  flags=re.S)


def prose(path: pathlib.Path) -> list[str]:
    """Return the lines of a page, with nothing but its prose."""
    words = _words_of_yaml if path.suffix == '.yaml' else _words_of_rst
    return list(words(_without_literals(path.read_text()).splitlines()))


def docstrings(source: str) -> dict[int, str]:
    """Return each docstring of a module, by its first line."""
    found = {}
    nodes: list[ast.AST] = [ast.parse(source)]
    for node in nodes:
        if isinstance(node, ast.AsyncFunctionDef | ast.ClassDef
                      | ast.FunctionDef | ast.Module):
            text = ast.get_docstring(node, clean=False)
            if text:
                found[node.body[0].lineno] = text
        nodes.extend(getattr(node, 'body', ()))
    return found


def prose_of_module(source: str, texts: dict[int, str]) -> list[str]:
    """Return the lines of a module, with only its docstrings and comments."""
    lines = [''] * (source.count('\n') + 1)
    for first, text in texts.items():
        words = _words_of_rst(_without_literals(text).splitlines())
        for number, line in enumerate(words, first):
            lines[number - 1] = line
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            lines[token.start[0] - 1] = re.sub(
                r'"[^"]*"', 'X', _without_literals(token.string.lstrip('# ')))
    return lines


def wording_violations(lines: Iterable[str], phrases: dict[str, str]
                       ) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each phrase and each bad opener."""
    # One search is enough for most lines, which have no phrase.
    any_phrase = re.compile(
        rf'\b({"|".join(phrases.values())})\b', re.I)
    previous = ''
    for number, line in enumerate(lines, 1):
        if not line:
            previous = ''
            continue
        # A phrase may be broken across two lines.
        start = ' '.join(previous.split()[-3:])
        joined = f'{start} {line.strip()}'.lstrip()
        skipped = len(start)
        for instead, phrase in (
                phrases.items() if any_phrase.search(joined) else ()):
            for match in re.finditer(rf'\b({phrase})\b', joined, re.I):
                if match.end() > skipped:
                    yield number, f'{match[0]!r}: write {instead}'
        begin = '' if previous.strip()[-1:] not in ('', '.', '?', '!') else (
            r'^[\s*#.-]*|')
        for match in re.finditer(
                rf'(?:{begin}[.?!:]\s+)({"|".join(OPENERS)})\b', line):
            yield number, f'a sentence opens with {match[1]!r}'
        previous = line


def violations(path: pathlib.Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each violation of a page."""
    lines = prose(path)
    yield from wording_violations(lines, PHRASES)
    words = re.findall(r"[a-z][a-z'-]*", ' '.join(lines).lower())
    found = [word for word in words if word in PRONOUNS]
    if len(found) > max(FREE, len(words) * BOUND / 100):
        yield 1, (f'{100 * len(found) / len(words):.1f} pronouns in 100 words,'
                  f' more than {BOUND}: write the nouns')


def violations_of_module(path: pathlib.Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each violation of a module."""
    source = path.read_text()
    texts = docstrings(source)
    yield from wording_violations(
        prose_of_module(source, texts),
        {instead: phrase for instead, phrase in PHRASES.items()
         if instead not in ONLY_IN_DOCUMENTS})
    for number, text in texts.items():
        opener = re.match(rf'({"|".join(DOCSTRING_OPENERS)})\b', text)
        if opener:
            yield number, f'a docstring opens with {opener[1]!r}'


def main() -> int:
    """Check every page and every module; return the exit status."""
    status = 0
    for patterns, check in ((PAGES, violations),
                            (MODULES, violations_of_module)):
        for path in sorted({path for pattern in patterns
                            for path in ROOT.glob(pattern)}):
            name = str(path.relative_to(ROOT))
            for number, text in check(path):
                print(f'{name}:{number}: {text}')
                status = 1
    return status


if __name__ == '__main__':
    sys.exit(main())
