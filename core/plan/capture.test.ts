import assert from 'node:assert/strict';
import type { Catalog } from '../model/catalog.ts';
import type { Image } from '../model/image.ts';
import { after, catalogOf, factsOf, node, role } from './plan-for-tests.ts';
import { keyOf, makePlan, type Plan, type PlanFacts, stateOf, vertexCount } from './plan.ts';

const installed = { system: { kind: 'installed' as const, instance: 'installation 1', platform: 'debian-12' as const } };
const live = (instance: string) => ({ system: { kind: 'live' as const, instance, platform: 'debian-12' as const } });
const capture = { at: 10, name: 'golden', by: 'admin' };
const catalog: Catalog = catalogOf(
  role('service', { runsOn: ['installed'] }),
  role('capturer', { runsOn: ['live'], captures: true, irreversible: 'it changes nothing' }),
);
const states = (plan: Plan) => Object.fromEntries(Array.from({ length: vertexCount(plan) }, (_, v) => [keyOf(plan, v).replace('d/', ''), stateOf(plan, v)]));

describe('a machine that an image is made of', () => {
  const before = factsOf([node('n1', installed), node('n2', installed)], { service: ['n1', 'n2'] });
  const done = after(before, makePlan(before, catalog));
  const wanted = (more: object): PlanFacts => ({ ...done, nodes: [node('n1', { ...installed, ...more }), node('n2', installed)] });

  it('gets the role that makes it, and keeps all others as they are', () => {
    assert.deepEqual(states(makePlan(wanted({ capture }), catalog)), { 'service@id-n1': 'done', 'service@id-n2': 'done', 'capturer@id-n1': 'runnable' });
  });

  it('has its other roles wait while it runs the discovery image, and be done afterwards', () => {
    const during = makePlan(wanted({ capture, ...live('boot 1') }), catalog);
    assert.deepEqual(states(during), { 'service@id-n1': 'held', 'service@id-n2': 'done', 'capturer@id-n1': 'runnable' });
    assert.deepEqual(states(makePlan(wanted({}), catalog)), { 'service@id-n1': 'done', 'service@id-n2': 'done' });
  });

  it('is captured once for each wish, whatever it runs afterwards', () => {
    const made = after(wanted({ capture, ...live('boot 1') }), makePlan(wanted({ capture, ...live('boot 1') }), catalog), 'done', () => ({}), 20);
    const again = (at: number): PlanFacts => ({ ...made, nodes: [node('n1', { ...installed, capture: { ...capture, at } }), node('n2', installed)] });
    assert.equal(states(makePlan(again(10), catalog))['capturer@id-n1'], 'done');
    assert.equal(states(makePlan(again(30), catalog))['capturer@id-n1'], 'runnable');
    assert.deepEqual(Object.keys(states(makePlan({ ...made, nodes: done.nodes }, catalog))), ['service@id-n1', 'service@id-n2'], 'there is nothing to undo');
  });

  it('is left alone when it is retired', () => {
    assert(!Object.keys(states(makePlan(wanted({ capture, leaving: { at: 20 } }), catalog))).some((key) => key.startsWith('capturer')));
  });
});

describe('a role that reads images', () => {
  const image = (name: string, letter: string): Image =>
    ({ name, digest: letter.repeat(64), bytes: 1, rawBytes: 2, rootPartition: 3, platform: 'debian-12', createdAt: 1, provenance: {} }) as Image;
  const reading = catalogOf(role('installer', { runsOn: ['live'], inputs: ['site.images'] }));
  const siteOf = (attributes: Record<string, unknown>, images: Image[]) => {
    const facts = factsOf([node('n1', live('boot 1'))], { installer: ['n1'] });
    const proposals = facts.proposals.map((proposal) => ({ ...proposal, body: { ...proposal.body, attributes } }));
    const [group] = makePlan({ ...facts, proposals, images }, reading).groups;
    return { images: Object.keys((group!.site.images as object | undefined) ?? {}), missing: group!.missing, fingerprint: group!.fingerprint };
  };

  it('is given the one that its setting names, and has nothing to do anew because there is another', () => {
    const [one, two] = [image('debian-12', 'a'), image('golden', 'b')];
    assert.deepEqual(siteOf({ image: 'debian-12' }, [one, two]).images, ['debian-12']);
    assert.equal(siteOf({ image: 'debian-12' }, [one]).fingerprint, siteOf({ image: 'debian-12' }, [one, two]).fingerprint);
    assert.deepEqual(siteOf({}, [one, two]).images, ['debian-12', 'golden']);
  });

  it('waits for the one that it names', () => {
    assert.deepEqual(siteOf({ image: 'golden' }, [image('debian-12', 'a')]).missing, ['site.images']);
  });
});

describe('a deployment of a tenant', () => {
  const of = (tenant?: string) => ({ ...live('boot 1'), ...(tenant && { tenant }) });
  const nodes = [node('n1', of('red')), node('n2', of('blue')), node('n3', of())];
  const made = (nodeId: string): Image => ({ name: `of-${nodeId}`, digest: nodeId, createdAt: 1, provenance: { captured: { nodeId } } }) as unknown as Image;
  const images = [...['id-n1', 'id-n2', 'id-n3', 'forgotten'].map(made), { ...made('built'), provenance: {} } as Image];
  const told = (tenant?: string, at: PlanFacts['nodes'] = nodes) => {
    const facts = factsOf([...at], { reader: ['n1'] }, { images, deployments: [{ name: 'd', summary: '', pools: [], ...(tenant && { tenant }) }] });
    const [group] = makePlan(facts, catalogOf(role('reader', { runsOn: ['live'], inputs: ['site.nodes', 'site.images'] }))).groups;
    const site = group!.site as { nodes: { name: string }[]; images?: object };
    return { nodes: site.nodes.map(({ name }) => name), images: Object.keys(site.images ?? {}).sort() };
  };

  it('is told of the machines of that tenant and of no others, nor of images that were made of those', () => {
    assert.deepEqual(told('red'), { nodes: ['n1'], images: ['of-built', 'of-id-n1'] });
    assert.deepEqual(told(), { nodes: ['n1', 'n2', 'n3'], images: ['of-built', 'of-forgotten', 'of-id-n1', 'of-id-n2', 'of-id-n3'] });
  });
});
