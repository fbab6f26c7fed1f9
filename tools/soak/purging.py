# SPDX-License-Identifier: Apache-2.0

"""Remove expired messages from Galera while eight threads record."""

from collections.abc import Iterator, Sequence
import json
import pathlib
import subprocess
import time
from typing import Any

from soak import cell
from soak import database
from soak import galera
from soak import load as soak_load
from usermessages.tests import processes

LONGEST_CREATE_SECONDS = 0.5
HEAD = ('how', 'removed', 'seconds', 'longest transaction, s',
        'longest create, s', 'of so many', 'refused',
        'flow control: paused, s', 'sent', 'load')
WIDTHS = (24, 9, 7, 8, 8, 8, 7, 8, 6, 5)
_BATCH = 5000
_BEFORE_SECONDS = 4


def run(cluster: galera.Galera, directory: pathlib.Path, rows: int,
        ) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the name and the numbers of each way to remove so many."""
    for where, node in (("the writers' node", cluster.writer),
                        ('another node', cluster.nodes[1])):
        place = directory / f'purge-{node.name}'
        place.mkdir()
        cluster.restore()
        cluster.empty()
        _fill(cluster, rows)
        yield f'purge of {rows:,} on {where}', _purge(cluster, node, place)


def line(name: str, values: dict[str, Any]) -> Sequence[str]:
    """Return the line of the table about one of them."""
    flow = values['flow_control']
    return (name, f'{values["removed"]:,}', f'{values["seconds"]:.0f}',
            f'{values["longest_transaction"]:.2f}',
            f'{values["longest_create"]:.2f}', f'{values["calls"]:,}',
            str(values['refused']), f'{flow["paused_seconds"]:.3f}',
            str(flow['sent']), f'{values["load"]:.1f}')


def _fill(cluster: galera.Galera, rows: int) -> None:
    for first in range(0, rows, _BATCH):
        last = min(first + _BATCH, rows) - 1
        cluster.writer.execute(
            'INSERT INTO user_messages SELECT'
            " CONCAT('01900000-0000-7000-8000-', LPAD(HEX(seq), 12, '0')),"
            " '00000000000000000000000000000001', '000002', '', '', 'ERROR',"
            " 'VOLUME', '', '', '2024-06-10 00:00:00' + INTERVAL seq SECOND,"
            " '2024-07-10 00:00:00' + INTERVAL seq SECOND, ''"
            f' FROM seq_{first}_to_{last}')


def _purge(cluster: galera.Galera, node: galera.Node,
           directory: pathlib.Path) -> dict[str, Any]:
    load = soak_load.Load(directory, cluster.url, reads=False)
    before = _flow_control(cluster)
    url = (f'mysql+pymysql://{database.USER}:{database.PASSWORD}'
           f'@127.0.0.1:{node.port}/usermessages')
    try:
        load.begin()
        # The first calls are slow for other reasons.
        time.sleep(_BEFORE_SECONDS)
        began = time.time()
        done = subprocess.run(
            [processes.program('usermessages-manage'), 'message',
             'purge', '--format', 'json'], env=soak_load.environment(url),
            check=True, stdout=subprocess.PIPE, text=True)
        seconds = time.time() - began
        tally = load.end()
    finally:
        load.close()
    report = json.loads(done.stdout)
    after = _flow_control(cluster)
    values = cell.judged(tally, cell.settled_rows(cluster), set())
    values.update(
        longest_create=max(call['seconds'] for call in tally.creates
                           if call['at'] - call['seconds'] >= began),
        removed=report['rows'], seconds=round(seconds, 1),
        longest_transaction=report['longest_transaction_seconds'],
        flow_control={name: round(after[name] - before[name], 3)
                      for name in after})
    values['broken'] += [what for what, is_so in (
        ('create waited for the purge',
         values['longest_create'] > LONGEST_CREATE_SECONDS),
        ('flow control', any(values['flow_control'].values())),
    ) if is_so]
    return values


def _flow_control(cluster: galera.Galera) -> dict[str, float]:
    """Return how often and how long nodes have had others wait."""
    return {
        'sent': sum(int(node.status('wsrep_flow_control_sent'))
                    for node in cluster.nodes),
        'paused_seconds': max(
            int(node.status('wsrep_flow_control_paused_ns'))
            for node in cluster.nodes) / 1e9}
