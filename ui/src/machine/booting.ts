// Which sighting tells that a known machine is on its way up. Pure but for the clock.

import type { NodeView, Sighting } from '../../../core/api/contract.ts';

/** A machine that boots from its own disk asks only once, so an old question says nothing any more. */
const freshMs = 5 * 60_000;

export const isOf = (sighting: Sighting, node: Pick<NodeView, 'id' | 'macs'>): boolean => sighting.nodeId === node.id || node.macs.includes(sighting.mac);

export const bootOf = (node: Pick<NodeView, 'id' | 'macs' | 'contact' | 'contactAt'>, sightings: readonly Sighting[]): Sighting | undefined =>
  sightings.find((s) => s.stage !== 'inventory' && isOf(s, node) && s.at > Date.now() - freshMs && (node.contact !== 'up' || s.at > node.contactAt));
