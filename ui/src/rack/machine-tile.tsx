// One machine as a tile of fixed height: what it is, how it is, how far its node-roles are; or as a small one, when there are hundreds. Its colour
// and its shape say the same, so that either is enough.

import { Card, CardBody } from '@patternfly/react-core';
import { memo, type MouseEvent, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { Sighting } from '../../../core/api/contract.ts';
import { Approve } from '../machine/approve.tsx';
import { BootSteps } from '../machine/boot-steps.tsx';
import { nodeMeanings, nodeRoleMeanings, PlainStateLabel, StateIcon, watchMeanings } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { TotalsBar } from '../plan/totals-bar.tsx';
import { MachineMenu, placeOf } from './machine-menu.tsx';
import type { Machine } from './machines.ts';
import { addressText, hardwareWords, systemWords } from './machine-words.ts';
import './machine-tile.css';

export type TileProps = {
  machine: Machine;
  booting?: Sighting | undefined;
  choosing: boolean;
  chosen: boolean;
  /** Whether Tab comes to it; arrows come to each. */
  stop: boolean;
  /** A click with what was held down; true when it was taken as choosing. */
  onPick: (id: string, event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }) => boolean;
};

const edgeOf = (machine: Machine): string => (machine.alerts > 0 ? 'failing' : nodeMeanings[machine.condition].colour);

/** Opens the machine, or chooses it while machines are being chosen. */
function Name({ machine, choosing, chosen, stop, onPick, className, children }: TileProps & { className: string; children: ReactNode }) {
  const pick = (event: MouseEvent) => {
    if (onPick(machine.id, event)) event.preventDefault();
  };
  const place = { 'data-stop': machine.id, 'data-known': machine.id, tabIndex: stop ? 0 : -1 };
  if (choosing)
    return (
      <button {...place} type="button" className={className} role="checkbox" aria-checked={chosen} onClick={pick}>
        {children}
      </button>
    );
  return (
    <Link {...place} className={className} to={`/nodes/${machine.name}`} onClick={pick}>
      {children}
    </Link>
  );
}

export const SmallTile = memo(function SmallTile(props: TileProps) {
  const { machine, choosing, chosen } = props;
  const meaning = nodeMeanings[machine.condition];
  const { alerts } = machine;
  return (
    <li className={`pb-small-tile pb-tile--${edgeOf(machine)}${chosen ? ' pb-tile--chosen' : ''}${machine.contact === 'up' ? '' : ' pb-small-tile--dark'}`}>
      <Name {...props} className="pb-small-tile__name">
        {choosing && <span className={`pb-check${chosen ? ' pb-check--on' : ''}`} aria-hidden="true" />}
        <StateIcon meaning={machine.totals.running ? nodeRoleMeanings.running : meaning} />
        <span className="pb-small-tile__text" title={`${machine.name}: ${meaning.word}. ${meaning.means}`}>
          {machine.name}
        </span>
        <span className="pf-v6-u-screen-reader">{meaning.word}</span>
        {alerts > 0 && (
          <span className="pb-small-tile__alerts" title={alertWords(machine)}>
            <StateIcon meaning={machine.totals.failed ? nodeRoleMeanings.failed : machine.failing ? watchMeanings.failing : nodeRoleMeanings.outdated} />
            {alerts}
            <span className="pf-v6-u-screen-reader"> {alertWords(machine)}</span>
          </span>
        )}
      </Name>
    </li>
  );
});

const alertWords = ({ totals, failing, drifted }: Machine): string =>
  [
    totals.failed && `${totals.failed} failed`,
    totals.outdated && `${totals.outdated} outdated`,
    failing && `${failing} not working`,
    drifted && `${drifted} drifted`,
  ]
    .filter(Boolean)
    .join(', ');

export const MachineTile = memo(function MachineTile(props: TileProps) {
  const { machine, booting, choosing, chosen, stop } = props;
  return (
    <Card component="li" isCompact className={`pb-tile pb-tile--${edgeOf(machine)}${chosen ? ' pb-tile--chosen' : ''}`}>
      <CardBody>
        <div className="pb-tile__head">
          <p className="pb-tile__name">
            <Name {...props} className="pb-tile__link">
              {choosing && <span className={`pb-check${chosen ? ' pb-check--on' : ''}`} aria-hidden="true" />}
              {machine.name}
            </Name>
          </p>
          <PlainStateLabel meaning={nodeMeanings[machine.condition]} />
          <MachineMenu machine={machine} stop={stop} />
        </div>
        <p className="pb-tile__line">
          <span>{addressText(machine) ?? 'no address'}</span>
          <span>{machine.pool ? `pool ${machine.pool}` : 'no pool'}</span>
          {machine.serial && <span title="Serial number">{machine.serial}</span>}
        </p>
        <p className="pb-tile__line">
          {hardwareWords(machine).map((text) => (
            <span key={text}>{text}</span>
          ))}
        </p>
        <div className="pb-tile__foot">{footOf(machine, booting, stop)}</div>
      </CardBody>
    </Card>
  );
});

function footOf(machine: Machine, booting: Sighting | undefined, stop: boolean) {
  if (booting) return <BootSteps stage={booting.stage} />;
  if (!machine.approved) return <Approve machine={{ ...machine, hardware: hardwareWords(machine) }} place={placeOf(machine, 'approve', stop)} />;
  return (
    <>
      <span className="pb-tile__system">
        {machine.contact === 'up' ? (
          systemWords(machine)
        ) : (
          <>
            since <Time at={machine.contactAt} />
          </>
        )}
      </span>
      <TotalsBar totals={machine.totals} failing={machine.failing ?? 0} />
    </>
  );
}

/** A machine that has asked to boot and is not known yet. */
export function SightingTile({ sighting }: { sighting: Sighting }) {
  return (
    <Card component="li" isCompact className="pb-tile pb-tile--sighting">
      <CardBody>
        <div className="pb-tile__head">
          <p className="pb-tile__name pb-mono">{sighting.mac}</p>
        </div>
        <p className="pb-tile__line">
          <span>{sighting.address ?? 'no address yet'}</span>
          {sighting.serial && <span>{sighting.serial}</span>}
        </p>
        <p className="pb-tile__line">
          <span>
            booting, last heard <Time at={sighting.at} />
          </span>
        </p>
        <div className="pb-tile__foot">
          <BootSteps stage={sighting.stage} />
        </div>
      </CardBody>
    </Card>
  );
}
