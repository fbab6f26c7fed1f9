# SPDX-License-Identifier: Apache-2.0

"""Draw what a run found, as PNG and SVG.

``latency`` has the first page against the size of the table, ``layers`` the
CPU of a list, layer by layer.
"""

import pathlib

import matplotlib
from matplotlib import pyplot
from matplotlib import ticker

from bench.measures import cpu
from bench.measures import page
from bench import processes
from bench import results

_NAMES = {processes.OURS: 'usermessages', processes.PEER: 'Cinder 29.0.0',
          processes.FLOOR: 'floor: bare driver, WebOb'}
_STYLES = {processes.OURS: ('#0b6e99', 'o'), processes.PEER: ('#c8553d', 's'),
           processes.FLOOR: ('#777777', '^')}

# From the inside out: each layer, and its additions to the one before.
_LAYERS = ((cpu.READ, processes.FLOOR, 'driver', '#5b8e7d'),
           (cpu.READ, None, 'SQL toolkit, rows', '#8cb369'),
           (cpu.INSIDE, None, 'policy, controller, view, JSON', '#f4a259'),
           (cpu.LIST, None, 'middleware', '#bc4b51'))


def draw(found: results.Results, directory: pathlib.Path) -> None:
    """Draw all pictures into a directory."""
    matplotlib.use('agg')
    # The same picture is the same file.
    pyplot.rcParams.update({'svg.hashsalt': 'usermessages', 'font.size': 10,
                            'axes.spines.top': False,
                            'axes.spines.right': False})
    _latency(found, directory)
    _layers(found, directory)


def _latency(found: results.Results, directory: pathlib.Path) -> None:
    names = [name for name in found.about['databases']
             if found.sizes(page.FIRST_PAGE, name)]
    figure, panels = pyplot.subplots(
        1, len(names), figsize=(4.2 * len(names), 4.6), sharey=True,
        squeeze=False, layout='constrained')
    for panel, name in zip(panels[0], names):
        sizes = found.sizes(page.FIRST_PAGE, name)
        for subject in (processes.PEER, processes.OURS, processes.FLOOR):
            color, marker = _STYLES[subject]
            spreads = [results.Spread.of(series.values) for series in (
                found.find(page.FIRST_PAGE, name, size, subject)
                for size in sizes) if series]
            if len(spreads) != len(sizes):
                continue
            panel.fill_between(sizes, [each.minimum for each in spreads],
                               [each.maximum for each in spreads],
                               color=color, alpha=0.2, linewidth=0)
            panel.plot(sizes, [each.median for each in spreads],
                       color=color, marker=marker, label=_NAMES[subject])
            last = spreads[-1].median
            panel.annotate(
                f'{last:,.0f} ms' if last >= 100 else f'{last:.2g} ms',
                (sizes[-1], last), textcoords='offset points', ha='right',
                # Not between two lines that are close.
                xytext=(-4, -15 if subject == processes.FLOOR else 7),
                color=color)
        panel.set(xscale='log', yscale='log', title=name,
                  xlabel='messages in the table')
        panel.xaxis.set_major_locator(ticker.LogLocator(numticks=10))
        panel.yaxis.set_major_formatter(ticker.FuncFormatter(
            lambda value, _position: f'{value:,.10g}'))
        panel.grid(which='major', alpha=0.3)
    bottom, top = panels[0][0].get_ylim()
    panels[0][0].set_ylim(bottom / 2, top * 1.5)
    panels[0][0].set_ylabel('first page of 50 through WSGI, p50, in ms')
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=3,
                  frameon=False)
    figure.suptitle('The first page of a project, against the size of the '
                    'cloud (shaded: spread of the rounds)')
    _save(figure, directory / 'latency')


def _layers(found: results.Results, directory: pathlib.Path) -> None:
    bars = [(name, subject) for name in found.about['databases']
            for subject in (processes.PEER, processes.OURS, processes.FLOOR)
            if found.sizes(cpu.LIST, name)]
    figure, panel = pyplot.subplots(
        figsize=(9, 1.2 + 0.5 * len(bars)), layout='constrained')
    for number, (name, subject) in enumerate(bars):
        left = 0.0
        for measure, only, label, color in _LAYERS:
            if subject == processes.FLOOR:
                # The floor has no layers between the driver and WebOb.
                if measure == cpu.INSIDE:
                    continue
                if measure == cpu.LIST:
                    label, color = _LAYERS[2][2:]
            right = max(left, _least(found, measure, name, only or subject))
            panel.barh(number, right - left, left=left, color=color,
                       label=label, height=0.75)
            left = right
        panel.text(left, number, f' {left:.2f}', va='center')
    panel.set_yticks(range(len(bars)), [
        f'{name}: {_NAMES[subject].partition(":")[0]}'
        for name, subject in bars])
    panel.invert_yaxis()
    panel.set(xlabel='CPU of the Python process for one list of 50, in ms '
              '(smallest of the rounds)',
              title='Where the CPU of a list goes')
    panel.grid(axis='x', alpha=0.3)
    panel.set_axisbelow(True)
    handles = dict(zip(*reversed(panel.get_legend_handles_labels())))
    figure.legend(handles.values(), handles.keys(),
                  loc='outside lower center', ncols=4, frameon=False)
    _save(figure, directory / 'layers')


def _least(found: results.Results, measure: str, database: str,
           subject: str) -> float:
    """Return the smallest of the rounds, which other work disturbed least."""
    series = found.find(
        measure, database, found.sizes(measure, database)[0], subject)
    return min(series.values) if series else 0.0


def _save(figure: pyplot.Figure, path: pathlib.Path) -> None:
    figure.savefig(path.with_suffix('.png'), dpi=150)
    figure.savefig(path.with_suffix('.svg'), metadata={'Date': None})
    pyplot.close(figure)
