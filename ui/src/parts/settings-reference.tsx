// What may be written in a proposal: the barclamp's settings from its JSON Schema, its roles, and the machines there are.

import { Label } from '@patternfly/react-core';
import type { ProposalEditView } from '../../../core/api/contract.ts';
import { useMachines } from '../rack/use-machines.ts';
import './settings-reference.css';

type Schema = { title?: string; description?: string; type?: string | string[]; default?: unknown; enum?: unknown[]; properties?: Record<string, Schema> };
/** Deeper settings are described by their parent; the form of later will show them all. */
const deepest = 2;

export function SettingsReference({ schema }: { schema: Schema }) {
  const rows = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => rowsOf(name, property, 1));
  if (rows.length === 0) return <p className="pb-subtle">It has no settings.</p>;
  return (
    <dl className="pb-settings">
      {rows.map(({ path, property }) => (
        <div key={path}>
          <dt>
            <span className="pb-mono">{path}</span> <span className="pb-subtle">{kindText(property)}</span>
          </dt>
          <dd className="pb-subtle">{property.description ?? property.title}</dd>
        </div>
      ))}
    </dl>
  );
}

function rowsOf(path: string, property: Schema, depth: number): { path: string; property: Schema }[] {
  const inner = depth < deepest ? Object.entries(property.properties ?? {}) : [];
  return [{ path, property }, ...inner.flatMap(([name, child]) => rowsOf(`${path}.${name}`, child, depth + 1))];
}

function kindText({ type, default: otherwise, enum: choices }: Schema): string {
  const kind = choices ? choices.map((c) => JSON.stringify(c)).join(' or ') : [type].flat().filter(Boolean).join(' or ');
  return [kind, otherwise !== undefined && `default ${JSON.stringify(otherwise)}`].filter(Boolean).join(', ');
}

export function RolesReference({ roles }: { roles: ProposalEditView['roles'] }) {
  return (
    <dl className="pb-settings">
      {roles.map((role) => (
        <div key={role.name}>
          <dt>
            <span className="pb-mono">{role.name}</span>{' '}
            {role.implicit && (
              <Label isCompact variant="outline">
                places itself
              </Label>
            )}
          </dt>
          <dd className="pb-subtle">{role.summary}</dd>
        </div>
      ))}
    </dl>
  );
}

const namedAtMost = 24;

export function MachinesReference() {
  const machines = useMachines();
  const pools = Map.groupBy(machines.data?.list.filter((n) => n.approved) ?? [], (n) => n.pool);
  if (pools.size === 0) return <p className="pb-subtle">No machine is approved yet.</p>;
  return (
    <dl className="pb-settings">
      {[...pools].map(([pool, members]) => (
        <div key={pool}>
          <dt>
            pool <span className="pb-mono">{pool}</span>
          </dt>
          <dd className="pb-mono">
            {members
              .slice(0, namedAtMost)
              .map((n) => n.name)
              .join(', ')}
            {members.length > namedAtMost && ` and ${members.length - namedAtMost} more`}
          </dd>
        </div>
      ))}
    </dl>
  );
}
