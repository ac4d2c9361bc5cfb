import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Nic } from '../../../core/model/inventory.ts';
import { drawingOf, HEAD, ROW } from './drawing.ts';

const nic = (name: string, to?: [system: string, port: string], up = true): Nic => ({
  name,
  mac: `52:54:00:00:00:${name}`,
  up,
  ...(to && { lldp: { system: to[0], port: to[1] } }),
});

describe('the drawing of a machine', () => {
  it('has ports across from those of their switches', () => {
    const { ports, switches, cables, height } = drawingOf([nic('1', ['a', 'x']), nic('2'), nic('3', ['b', 'y'], false), nic('4', ['a', 'z'])]);
    assert.deepEqual(
      ports.map(({ y }) => (y - HEAD) / ROW),
      [0, 1, 2, 3],
    );
    assert.deepEqual(
      switches.map(({ name, y, ports: [...all] }) => [name, y, all.map((port) => port.name)]),
      [
        ['a', 0, ['x', 'z']],
        ['b', HEAD + 2.5 * ROW, ['y']],
      ],
    );
    assert.deepEqual(
      cables.map(({ from, to, up }) => [from === to, up]),
      [
        [true, true],
        [false, true],
        [false, false],
      ],
    );
    assert.equal(height, switches[1]!.y + switches[1]!.height);
    assert.deepEqual(drawingOf([]), { ports: [], switches: [], cables: [], height: HEAD });
  });

  it('lays nothing over anything, and every cable from a port to its own, however they are plugged', () => {
    const plugged = fc.record({ system: fc.constantFrom('a', 'b', 'c'), port: fc.constantFrom('1', '2', '3') });
    fc.assert(
      fc.property(fc.array(fc.option(plugged, { nil: undefined }), { maxLength: 12 }), (all) => {
        const nics = all.map((one, index) => nic(String(index), one && [one.system, one.port]));
        const { ports, switches, cables, height } = drawingOf(nics);
        for (let index = 1; index < switches.length; index++) assert(switches[index]!.y >= switches[index - 1]!.y + switches[index - 1]!.height);
        for (const { y, height: own } of switches) assert(y >= 0 && y + own <= height);
        assert.equal(cables.length, nics.filter(({ lldp }) => lldp).length);
        for (const { mac, from, to } of cables) {
          const port = ports.find((one) => one.nic.mac === mac)!;
          assert.equal(from, port.y + ROW / 2);
          const other = switches.find(({ name }) => name === port.nic.lldp!.system)!.ports.find(({ y }) => y + ROW / 2 === to);
          assert.equal(other?.name, port.nic.lldp!.port);
        }
      }),
    );
  });
});
