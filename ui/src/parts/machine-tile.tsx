// One machine as a tile of fixed height: what it is, how it is, how far its node-roles are. A tile for one that is still booting looks alike.

import { Card, CardBody } from '@patternfly/react-core';
import { Link } from 'react-router';
import type { NodeView, Sighting } from '../../../core/api/contract.ts';
import { Approve } from './approve.tsx';
import { BootSteps } from './boot-steps.tsx';
import { PowerMenu } from './power-menu.tsx';
import { conditionOf, nodeMeanings, StateLabel } from './states.tsx';
import { Time } from './time.tsx';
import { TotalsBar } from './totals-bar.tsx';
import { addressOf, hardwareText, systemText } from './words.ts';
import './machine-tile.css';

type MachineTileProps = {
  node: NodeView /** Node-roles that are done and do not work. */;
  failing: number;
  booting?: Sighting | undefined;
  headingLevel: 'h2' | 'h3';
};

export function MachineTile({ node, failing, booting, headingLevel: Heading }: MachineTileProps) {
  const condition = conditionOf(node);
  return (
    <Card component="li" isCompact className={`pb-tile pb-tile--${failing > 0 ? 'failing' : nodeMeanings[condition].colour}`}>
      <CardBody>
        <div className="pb-tile__head">
          <Heading className="pb-tile__name">
            <Link to={`/nodes/${node.name}`}>{node.name}</Link>
          </Heading>
          <StateLabel meaning={nodeMeanings[condition]} />
          <PowerMenu node={node} />
        </div>
        <p className="pb-tile__line">
          <span>{addressOf(node) ?? 'no address'}</span>
          <span>{node.pool ? `pool ${node.pool}` : 'no pool'}</span>
          {node.serial && <span title="Serial number">{node.serial}</span>}
        </p>
        <p className="pb-tile__line">
          {hardwareText(node.inventory).map((text) => (
            <span key={text}>{text}</span>
          ))}
        </p>
        <div className="pb-tile__foot">{footOf(node, booting, failing)}</div>
      </CardBody>
    </Card>
  );
}

function footOf(node: NodeView, booting: Sighting | undefined, failing: number) {
  if (booting) return <BootSteps stage={booting.stage} />;
  if (!node.approved) return <Approve node={node} />;
  return (
    <>
      <span className="pb-tile__system">
        {node.contact === 'up' ? (
          systemText(node)
        ) : (
          <>
            since <Time at={node.contactAt} />
          </>
        )}
      </span>
      <TotalsBar totals={node.totals} failing={failing} />
    </>
  );
}

/** A machine that has asked to boot and is not known yet. */
export function SightingTile({ sighting, headingLevel: Heading }: { sighting: Sighting; headingLevel: 'h2' | 'h3' }) {
  return (
    <Card component="li" isCompact className="pb-tile pb-tile--sighting">
      <CardBody>
        <div className="pb-tile__head">
          <Heading className="pb-tile__name pb-mono">{sighting.mac}</Heading>
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
