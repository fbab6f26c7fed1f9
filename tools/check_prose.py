# SPDX-License-Identifier: Apache-2.0

"""Check the English of the documents.

``python tools/check_prose.py`` reports three kinds of violations of the
*Writing style* of the OpenStack documentation guide: words and phrases in
``PHRASES``, sentences that open with a word of ``OPENERS``, and pages with
more than ``BOUND`` pronouns in 100 words, since a pronoun sends the reader
back to look for its noun.
"""

from collections.abc import Iterable, Iterator
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parent.parent
PAGES = (
    'README.rst', 'CONTRIBUTING.rst', 'HACKING.rst', 'doc/source/**/*.rst',
    'api-ref/source/*.inc', 'api-ref/source/*.rst', 'api-ref/source/*.yaml',
    'examples/**/*.rst', 'bench/README.rst', 'tools/soak/README.rst',
    'releasenotes/notes/*.yaml')

# Of a page, in 100 words.  Cinder's user_messages.rst has 3.3, Placement's
# documentation 2.7.
BOUND = 3.3
# The bound says nothing about a page of a few sentences.
FREE = 3
PRONOUNS = frozenset(
    'it that those these this one ones they them who whom whose whoever what '
    'whatever there so such'.split())
OPENERS = ('What', 'Whatever', 'Who', 'Whoever', 'Where', 'Of', 'Behind',
           'Besides')

# What to write instead of what.
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
    'a noun such as "user" or "operator"': r'nobody|somebody|anybody',
    'map a table': r'adopt(s|ed|ing)?',
    'isolation of the exception context': r'curtains?',
    'not respond': r'stands? still',
    'the US spelling': (
        r'(colour|favour|honour|licence|catalogue|spelt)\w*|'
        r'(author|custom|initial|normal|optim|organ|recogn|serial)'
        r'is(e[ds]?|ing|ation)'),
}

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


def prose(path: pathlib.Path) -> list[str]:
    """Return the lines of a page, with nothing but its prose."""
    text = path.read_text()
    text = re.sub(r'(:[\w:]+:)?(`+)(?!`)(.+?)(?<!`)\2(?!`)_{0,2}',
                  lambda match: 'X' + '\n' * match[0].count('\n'), text,
                  flags=re.S)
    words = _words_of_yaml if path.suffix == '.yaml' else _words_of_rst
    return list(words(text.splitlines()))


def violations(path: pathlib.Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each violation of a page."""
    lines = prose(path)
    previous = ''
    for number, line in enumerate(lines, 1):
        # A phrase may be broken across two lines.
        start = previous.split()[-1:] if previous.strip() else []
        joined = ' '.join([*start, line.strip()])
        skipped = len(start[0]) if start else 0
        for instead, phrase in PHRASES.items():
            for match in re.finditer(rf'\b({phrase})\b', joined, re.I):
                if match.end() > skipped:
                    yield number, f'{match[0]!r}: write {instead}'
        begin = '' if previous.strip()[-1:] not in ('', '.', '?', '!') else (
            r'^[\s*#.-]*|')
        for match in re.finditer(
                rf'(?:{begin}[.?!:]\s+)({"|".join(OPENERS)})\b', line):
            yield number, f'a sentence opens with {match[1]!r}'
        previous = line
    words = re.findall(r"[a-z][a-z'-]*", ' '.join(lines).lower())
    found = [word for word in words if word in PRONOUNS]
    if len(found) > max(FREE, len(words) * BOUND / 100):
        yield 1, (f'{100 * len(found) / len(words):.1f} pronouns in 100 words,'
                  f' more than {BOUND}: write the nouns')


def main() -> int:
    """Check every page; return the exit status."""
    status = 0
    for path in sorted({path for pattern in PAGES
                        for path in ROOT.glob(pattern)}):
        name = str(path.relative_to(ROOT))
        for number, text in violations(path):
            print(f'{name}:{number}: {text}')
            status = 1
    return status


if __name__ == '__main__':
    sys.exit(main())
