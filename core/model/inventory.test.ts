import assert from 'node:assert/strict';
import { nicsInOrder } from './inventory.ts';

describe('interfaces of a machine', () => {
  it('are in the order of the PCI bus, the others behind them by name', () => {
    const nic = (name: string, pciPath?: string) => ({ name, mac: '52:54:00:00:00:01', up: true, ...(pciPath && { pciPath }) });
    const nics = [nic('usb1'), nic('enp5s0f1', '0000:05:00.1'), nic('usb0'), nic('eno1', '0000:01:00.0'), nic('enp5s0f0', '0000:05:00.0')];
    assert.deepEqual(
      nicsInOrder({ nics }).map(({ name }) => name),
      ['eno1', 'enp5s0f0', 'enp5s0f1', 'usb0', 'usb1'],
    );
    assert.deepEqual(nicsInOrder(undefined), []);
  });
});
