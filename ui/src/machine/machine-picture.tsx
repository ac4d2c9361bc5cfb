// A machine as a drawing: which of its ports goes to which port of which switch, its disks, and its board controller. The tables below it say the rest.

import { Link } from 'react-router';
import type { NodeView } from '../../../core/api/contract.ts';
import { drawingOf, HEAD, ROW } from './drawing.ts';
import { counted, diskText } from '../parts/words.ts';
import { speedText } from './inventory.tsx';
import './machine-picture.css';

/** Of the space between ports and switches; stretched to what there is. */
const ACROSS = 100;

export function MachinePicture({ node }: { node: NodeView }) {
  const { ports, switches, cables, height } = drawingOf(node.inventory?.nics ?? []);
  const { disks = [], bmc } = node.inventory ?? {};
  const address = node.bmc?.address ?? bmc?.address;
  return (
    <figure className="pb-drawing" aria-label={`${node.name}: ${counted(ports.length, 'port')}, ${counted(disks.length, 'disk')}`}>
      <div className="pb-drawing__cables" style={{ height }}>
        <div className="pb-drawing__box" style={{ height: HEAD + ports.length * ROW }}>
          <strong style={{ height: HEAD }}>{node.name}</strong>
          <ul aria-label="Ports">
            {ports.map(({ nic }) => (
              <li key={nic.mac} className={nic.up ? 'pb-drawing__port' : 'pb-drawing__port pb-drawing__port--down'} style={{ height: ROW }}>
                <span>{nic.name}</span>
                <span className="pb-subtle">{speedText(nic)}</span>
              </li>
            ))}
          </ul>
        </div>
        <svg viewBox={`0 0 ${ACROSS} ${height}`} preserveAspectRatio="none" height={height} aria-hidden="true">
          {cables.map(({ mac, from, to, up }) => (
            <path
              key={mac}
              className={up ? 'pb-drawing__cable' : 'pb-drawing__cable pb-drawing__cable--down'}
              d={`M0 ${from} C${ACROSS / 2} ${from} ${ACROSS / 2} ${to} ${ACROSS} ${to}`}
            />
          ))}
        </svg>
        <div className="pb-drawing__switches">
          {switches.map((one) => (
            <div key={one.name} className="pb-drawing__box" style={{ top: one.y, height: one.height }}>
              <strong style={{ height: HEAD }}>
                <Link to={`/?q=${encodeURIComponent(`switch:"${one.name}"`)}`}>{one.name}</Link>
              </strong>
              <ul aria-label={`Ports of ${one.name}`}>
                {one.ports.map((port) => (
                  <li key={port.name} className="pb-drawing__port" style={{ height: ROW }}>
                    {port.name}
                  </li>
                ))}
              </ul>
            </div>
          ))}
          {switches.length === 0 && <p className="pb-subtle">No switch told who it is (LLDP).</p>}
        </div>
      </div>
      <ul className="pb-drawing__parts" aria-label="Disks and board controller">
        {disks.map((disk) => (
          <li key={disk.byId ?? disk.name} className={`pb-drawing__disk pb-drawing__disk--${disk.kind}`}>
            <strong>{disk.name}</strong> {diskText(disk.size)} <span className="pb-subtle">{kindWords[disk.kind]}</span>
          </li>
        ))}
        {disks.length === 0 && <li className="pb-subtle">no disk</li>}
        <li className={address ? 'pb-drawing__bmc' : 'pb-drawing__bmc pb-drawing__port--down'}>
          <strong>BMC</strong> {address ?? 'none known'}
        </li>
      </ul>
    </figure>
  );
}

const kindWords = { ssd: 'SSD', hdd: 'disk', nvme: 'NVMe' } as const;
