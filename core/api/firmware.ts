// The firmware of machines: what each has against what is accepted of it, all of them side by side, and the files that they are brought to. Reading it off
// a controller is hardware/'s.

import { isDeepStrictEqual } from 'node:util';
import { componentsIn } from '../hardware/redfish-firmware.ts';
import { keepFirmware } from '../hardware/kept-firmware.ts';
import { shapeOf } from '../model/baseline.ts';
import { compareVersions } from '../model/firmware-version.ts';
import { type FirmwareFile, firmwareParts, type FirmwareReading, type Judged, judgeFirmware, kindOfPart } from '../model/firmware.ts';
import type { Node, Revised } from '../model/node.ts';
import { problem, ProblemError } from '../model/problem.ts';
import { type Context, type Handlers, nodeCalled, notFound, orRefuse, proposalsIn } from './context.ts';
import type { FirmwareFileView, FirmwareMatrixView, FirmwareView, Query } from './contract.ts';

const ACT = 'firmware-versions';

/** All machines by name, each with whether a role holds it against what is accepted: what an earlier role did counts no more. */
async function machinesIn({ facts, planner }: Context): Promise<{ node: Node; watched: boolean }[]> {
  await facts.refresh();
  const { groups, nodes } = planner.plan();
  const watching = groups.filter(({ role, orphan }) => !orphan && role.acts?.items.some((item) => ACT in item));
  return nodes.map((node, index) => ({ node, watched: watching.some(({ at }) => at[index]! >= 0) }));
}

function judged(node: Node, reading: FirmwareReading | undefined, watched: boolean): Judged[] {
  return judgeFirmware(firmwareParts(node.inventory, reading?.parts), node.inventory, watched ? (reading?.rules ?? []) : []);
}

async function viewOf(context: Context, node: Node): Promise<FirmwareView> {
  const { store } = context;
  const reading = await store.get('firmwareReading', node.id);
  const update = await store.get('firmwareUpdate', node.id);
  const watched = (await machinesIn(context)).some((one) => one.node.id === node.id && one.watched);
  return {
    ...(reading?.readAt !== undefined && { readAt: reading.readAt }),
    watched,
    parts: judged(node, reading, watched).map(({ rule, ...part }) => ({
      ...part,
      ...(rule && { accept: rule.accept }),
      ...(rule?.bring && { bring: rule.bring.version }),
    })),
    ...(update && {
      update: {
        part: update.part,
        from: update.from,
        to: update.to,
        stage: update.stage,
        at: update.at,
        ...(update.restarted && { restarted: update.restarted.at }),
      },
    }),
  };
}

/** Of a version, where nobody asked for one component. */
const FEW = 3;

async function matrixOf(context: Context, asked: Query<'GET /firmware'>): Promise<FirmwareMatrixView> {
  const readings = new Map((await context.store.list('firmwareReading')).map((reading) => [reading.nodeId, reading]));
  type Cell = FirmwareMatrixView['rows'][number]['versions'][number];
  const rows = new Map<string, { shape: string; component: string; cells: Map<string, Cell> }>();
  const view = { known: 0, told: 0, watched: 0 };
  const isMeant = (name: keyof typeof asked, value: string): boolean => asked[name] === undefined || asked[name] === value;
  const most = Object.keys(asked).length ? Number.POSITIVE_INFINITY : FEW;
  for (const { node, watched } of await machinesIn(context)) {
    const reading = readings.get(node.id);
    const parts = judged(node, reading, watched);
    if (watched) view.watched++;
    if (parts.length) view.known++;
    if (reading?.parts.length) view.told++;
    const shape = shapeOf(node.inventory)?.replace(/^shape /, '') ?? '';
    if (!isMeant('shape', shape)) continue;
    // Several of its parts may be of one kind.
    const seen = new Set<Cell>();
    for (const { name, version, verdict } of parts) {
      const component = kindOfPart(name);
      if (!isMeant('component', component) || !isMeant('version', version)) continue;
      const row = upsert(rows, `${shape}\n${component}`, () => ({ shape, component, cells: new Map<string, Cell>() }));
      const cell = upsert(row.cells, `${version}\n${verdict}`, () => ({ version, verdict, count: 0, machines: [] }));
      if (seen.has(cell)) continue;
      seen.add(cell);
      if (++cell.count <= most) cell.machines.push(node.name);
    }
  }
  return {
    ...view,
    rows: [...rows]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { shape, component, cells }]) => ({ shape, component, versions: [...cells.values()].toSorted((a, b) => newestFirst(a.version, b.version)) })),
  };
}

function upsert<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

const newestFirst = (a: string, b: string): number => -(compareVersions(a, b) ?? (a < b ? -1 : 1));

async function filesIn({ store }: Context): Promise<FirmwareFileView[]> {
  const bodies = (await proposalsIn(store)).map(({ id, draft, committed }) => ({
    id,
    texts: [draft, ...(isDeepStrictEqual(draft, committed) ? [] : [committed])].map((body) => JSON.stringify(body?.attributes)),
  }));
  const usedBy = (digest: string): string[] => bodies.filter(({ texts }) => texts.some((text) => text?.includes(digest))).map(({ id }) => id);
  return (await store.list('firmwareFile'))
    .map((file: Revised<FirmwareFile>) => ({ ...file, usedBy: usedBy(file.digest) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const firmware = {
  'GET /firmware': (context, { query }) => matrixOf(context, query),
  'GET /nodes/:id/firmware': async (context, { params }) => viewOf(context, await nodeCalled(context.store, params.id)),
  'POST /nodes/:id/firmware': async (context, { params }) => {
    const node = await nodeCalled(context.store, params.id);
    const bmc = orRefuse(await context.bmc(node));
    if (!bmc.redfish)
      throw new ProblemError(
        problem(`The controller of ${node.name} speaks IPMI only, which tells no versions.`, { node: node.name }, 'What its system saw is shown as it is.'),
        422,
      );
    const components = orRefuse(await bmc.redfish(componentsIn));
    await keepFirmware(context.store, node, { components, readAt: context.now() });
    return viewOf(context, node);
  },

  'GET /firmware-files': (context) => filesIn(context),
  'POST /firmware-files': async (context, { query: { name, sha256 }, file, principal }) => {
    const { digest } = await context.firmwareFiles.take(file, { name, by: principal.user, ...(sha256 && { sha256 }) });
    return (await filesIn(context)).find((one) => one.digest === digest)!;
  },
  'DELETE /firmware-files/:sha256': async (context, { params: { sha256 } }) => {
    const found = (await filesIn(context)).find(({ digest }) => digest === sha256);
    if (!found) throw notFound(`There is no file with the SHA-256 ${sha256}.`, 'See: prybar firmware files');
    if (found.usedBy.length)
      throw new ProblemError(
        problem(`Machines are brought to ${found.name} by ${found.usedBy.join(', ')}.`, undefined, 'Name another file there, and then remove it.'),
        409,
      );
    await context.firmwareFiles.remove(sha256);
    return {};
  },
} satisfies Partial<Handlers>;
