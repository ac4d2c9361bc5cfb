// What may be set in a barclamp, from the JSON Schema of its settings.

import './settings-reference.css';

type Schema = { title?: string; description?: string; type?: string | string[]; default?: unknown; enum?: unknown[]; properties?: Record<string, Schema> };
/** Deeper settings are described by their parent; the form of a proposal shows them all. */
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
