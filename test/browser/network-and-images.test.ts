// The Network and Images views on a real admin daemon: a rack of machines with their facts written before it starts, images and certificates
// signed for this test.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Certificate } from '../../core/model/certificate.ts';
import type { Image } from '../../core/model/image.ts';
import { openStore } from '../../core/store/store.ts';
import type { Admin } from '../admin.ts';
import { enterSite } from '../many-machines.ts';
import { openSite, type Site, siteFolder } from './browser.ts';

const MACHINES = 15;
const RANGE = { first: '10.64.0.1', last: '10.64.0.20' };
const day = 86_400_000;

describe('network and images on the page', function () {
  this.timeout(120_000);
  const state = siteFolder();
  const pair = generateKeyPairSync('ed25519');
  // Its last 32 bytes are the key itself (RFC 8410).
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
  const signatureOf = (text: string) => ({ publicKey, signature: sign(null, Buffer.from(text), pair.privateKey).toString('base64') });
  let admin: Admin;
  let site: Site | undefined;
  let { page, visit, accessible, picture, complaints } = {} as Site;

  const image = (name: string, letter: string, more: Partial<Image> = {}): Image => {
    const folder = path.join(state, 'images', letter);
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, 'disk.raw.zst');
    writeFileSync(file, '');
    const digest = letter.repeat(64);
    return {
      name,
      version: `12.11-${letter}`,
      platform: 'debian-12',
      digest,
      bytes: 312e6,
      rawBytes: 2e9,
      rawDigest: '',
      rootPartition: 3,
      file,
      sbom: '',
      signature: signatureOf(digest),
      provenance: { recipe: 'r', sources: ['deb http://deb.debian.org/debian bookworm main'], packages: ['bash 5.2'], extraPackages: [] },
      createdAt: Date.now() - 2 * day,
      ...more,
    };
  };
  const certificate = (nodeName: string, at: number, spoilt: boolean): Certificate => {
    const text = JSON.stringify({ erased: [{ disk: `/dev/disk/by-id/wwn-${nodeName}`, model: 'PM9A3', bytes: 960e9, how: 'nvme sanitize' }] });
    return { nodeId: `id-${nodeName}`, nodeName, serial: `S-${nodeName}`, at, runId: 1, text, signature: signatureOf(spoilt ? `${text} ` : text) };
  };

  async function enter(): Promise<string[]> {
    await enterSite(state, path.join(state, 'barclamps'), { machines: MACHINES, roles: 1 });
    const store = await openStore({ file: path.join(state, 'store/facts.db') });
    await store.put('network', 'admin', { name: 'admin', cidr: '10.64.0.0/16', adminAddress: '10.64.1.1', interface: 'absent0', range: RANGE }, 'new');
    const offers = [
      { server: '10.64.1.1', address: '10.64.0.17', bootFile: 'snponly.efi' },
      { server: '10.64.9.9', address: '10.64.9.100' },
    ];
    const problems = [{ severity: 'error' as const, summary: 'Another DHCP server, 10.64.9.9, answers on absent0.', next: 'Switch it off.' }];
    await store.put('networkCheck', 'admin', { network: 'admin', at: Date.now(), offers, problems }, 'new');
    const answers = [{ address: '10.64.0.1', mac: '02:00:00:00:00:01' }];
    await store.put('addressCheck', 'admin', { network: 'admin', at: Date.now() - day, by: 'ada', asked: 20, answers, problems: [] }, 'new');
    const conduits = [{ name: 'data', interfaces: ['2'] }];
    const tagged = { attributes: { conduits, networks: [{ name: 'storage', cidr: '10.7.0.0/16', conduit: 'data', vlan: 100, mtu: 9000 }] }, roles: {} };
    await store.put('proposal', 'cloud.network', { id: 'cloud.network', deployment: 'cloud', barclamp: 'network', draft: tagged, commit: 0 }, 'new');
    const seen = (name: string, state: 'well' | 'fault' | 'unasked', why?: string) => ({
      node: `id-${Number(name.slice(1))}`,
      name,
      state,
      ...(why && { why }),
    });
    const lost = {
      severity: 'error' as const,
      summary: 'm00002 sees nobody in storage (VLAN 100) through enp2s0, while m00001 and m00004 see one another.',
      where: { node: 'm00002' },
      next: 'Is VLAN 100 let through, tagged, by these ports of the switch and on the way between them: enp2s0 of m00002 at swp1 of leaf-001b?',
    };
    const reach = [seen('m00001', 'well'), seen('m00002', 'fault', 'it sees nobody'), seen('m00003', 'unasked', 'it is switched off'), seen('m00004', 'well')];
    const kept = { network: 'cloud.storage', at: Date.now(), by: 'ada', settings: '10.7.0.0/16, VLAN 100, 9000 bytes, through data (2)' };
    const results = [{ check: 'reach' as const, machines: reach, problems: [lost] }];
    await store.put('networkVerification', 'cloud.storage', { ...kept, results }, 'new');
    for (const node of await store.list('node')) {
      const [address] = Object.values(node.addresses);
      if (address) await store.claim('address in admin', address, node.id);
      const [first, second] = node.inventory?.nics ?? [];
      // A cable of the second machine was moved into the port of the first since that one listened.
      if (node.id === 'id-2') second!.lldp!.port = 'swp1';
      // The third stands behind a switch that says nothing.
      if (node.id === 'id-3') for (const nic of [first!, second!]) delete nic.lldp;
      await store.put('node', node.id, node, node.revision);
    }
    await store.claim('address in admin', '10.64.0.16', 'id-gone');
    const captured = { nodeId: 'id-1', nodeName: 'm00001', installation: 'i', by: 'ada', at: Date.now() - day, sent: '', leftOut: ['its SSH keys: 2'] };
    const images = [
      image('golden', 'a', { provenance: { recipe: '', sources: [], packages: [], extraPackages: [], captured } }),
      image('silver', 'b'),
      image('silver', 'd', { createdAt: Date.now() - 5 * day }),
      image('foreign', 'c', { signature: signatureOf('something else') }),
    ];
    for (const one of images) await store.put('image', one.digest, one, 'new');
    for (const one of [certificate('old1', Date.now() - day, false), certificate('old2', Date.now() - 2 * day, true)])
      await store.put('certificate', `${one.nodeId}@${one.at}`, one, 'new');
    const body = { attributes: { image: 'silver' }, roles: {} };
    const proposal = { id: 'system.os-install', deployment: 'system', barclamp: 'os-install', draft: body, committed: body, commit: 1 };
    await store.put('proposal', proposal.id, proposal, 'new');
    const booting = { id: 'system.provisioner', deployment: 'system', barclamp: 'provisioner', draft: { attributes: {}, roles: {} }, commit: 0 };
    await store.put('proposal', booting.id, booting, 'new');
    await store.close();
    // Nothing is found built there.
    return ['--cache', path.join(state, 'cache')];
  }

  before(async function () {
    site = await openSite(this, { enter }, state);
    ({ admin, page, visit, accessible, picture, complaints } = site);
  });
  after(() => site?.close());

  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const dialog = () => page.getByRole('dialog');

  it('says how many addresses are left, and who has which', async () => {
    await page.getByRole('link', { name: 'Network' }).click();
    await page.getByText(`4 addresses left of 20; machines have ${MACHINES}, and 1 is kept for machines that were forgotten.`).waitFor();
    const rows = page.getByRole('grid', { name: 'Addresses' }).getByRole('row');
    assert.equal(await rows.count(), 1 + MACHINES + 1);
    assert.match((await rows.nth(10).textContent()) ?? '', /10\.64\.0\.10.*m00010/, 'by number, not by letters');
    await picture('network');
    await accessible('network');
    await page.getByRole('textbox', { name: 'Find addresses' }).fill('10.64.0.16');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/network\?q=10\.64\.0\.16$/);
    // The row that stays was there before: what tells that the others are gone is that they are gone.
    await rows.filter({ hasText: 'm00010' }).waitFor({ state: 'detached' });
    await page.getByText('kept for a machine that was forgotten', { exact: true }).waitFor();
    assert.equal(await rows.count(), 2);
    assert.match(admin.cli('network', 'list').stdout, /admin +10\.64\.0\.0\/16 +10\.64\.1\.1 +10\.64\.0\.1 to 10\.64\.0\.20 +15 +1 +4/);
  });

  it('shows who has leased which address, and asks all of them who answers', async () => {
    await visit(`${admin.url}/network/leases`);
    await page.getByText('No address was leased here').waitFor();
    await accessible('network-no-leases', 'No address was leased here');
    const ends = Math.floor(Date.now() / 1000) + 3600;
    const [known] = (await admin.client.call('GET /nodes/:id', { params: { id: 'id-1' } })).macs;
    mkdirSync(path.join(state, 'dnsmasq'), { recursive: true });
    // As the DHCP server writes it.
    writeFileSync(path.join(state, 'dnsmasq/leases'), `${ends} ${known} 10.64.0.1 m00001 *\n${ends} 02:00:00:00:be:ef 10.64.0.18 printer *\n`);
    const rows = page.getByRole('grid', { name: 'Leases' }).getByRole('row');
    await rows.nth(2).waitFor({ timeout: 20_000 });
    assert.match((await rows.nth(1).textContent()) ?? '', /10\.64\.0\.1m00001/);
    assert.match((await rows.nth(2).textContent()) ?? '', /10\.64\.0\.18unknown02:00:00:00:be:efprinter/);
    assert.match(admin.cli('network', 'leases').stdout, /10\.64\.0\.18 +02:00:00:00:be:ef +unknown +printer/);
    await accessible('network-leases', 'printer');
    const servers = page.getByRole('list', { name: 'DHCP servers that answered in admin' }).getByRole('listitem');
    assert.deepEqual(await servers.allTextContents(), ['10.64.1.1, the admin node: offered 10.64.0.17, to boot snponly.efi', '10.64.9.9: offered 10.64.9.100']);
    await page.getByText('Another DHCP server, 10.64.9.9, answers on absent0.').waitFor();
    await page.getByText('1 of 20 addresses answer.').waitFor();
    // The rack of this test has no network behind it.
    await button('Ask all addresses').click();
    await page.getByText('absent0, through which admin is reached, is not there.').waitFor();
    await picture('network-leases');
    complaints.splice(0);
  });

  it('shows what was found when networks were tried, and which machine is seen where', async () => {
    await visit(`${admin.url}/network/verification`);
    const rows = (name: string) => page.getByRole('grid', { name, exact: true }).getByRole('row');
    await rows('Checks of cloud.storage').nth(2).waitFor();
    assert.match((await rows('Checks of cloud.storage').nth(1).textContent()) ?? '', /Machines see one another.*fault.*2 of 4 well.*by ada/);
    assert.match((await rows('Checks of cloud.storage').nth(2).textContent()) ?? '', /Large packets pass.*never/);
    assert.match((await rows('Checks of admin').nth(5).textContent()) ?? '', /Addresses are used once.*well.*by ada/);
    assert.match((await rows('Checks of admin').nth(6).textContent()) ?? '', /DHCP servers.*fault/);
    await page.getByText('m00002 sees nobody in storage (VLAN 100) through enp2s0').waitFor();
    assert.deepEqual(await rows('Machines in networks').allTextContents(), [
      'Machineadmincloud.storage (VLAN 100)',
      'm00001·seen',
      'm00002·not seen',
      'm00003·not asked',
      'm00004·seen',
    ]);
    await page.getByText('Could not be asked: 1').click();
    await page.getByText('m00003: it is switched off').waitFor();
    await picture('network-verification');
    await accessible('network-verification', 'Which machine is seen where');
    assert.equal(await button('Try all networks').isDisabled(), true, 'no machines are served here');
    // It is said once more where somebody is about to stand on it.
    await page.getByRole('region', { name: 'Checks of cloud.storage' }).getByRole('link', { name: 'cloud', exact: true }).click();
    await page.waitForURL(/\/deployments\/cloud\/network$/);
    await button('Preview').click();
    await page.getByText(/^Warning alert:storage was tried on .* UTC: m00002 sees nobody in storage/).waitFor();
  });

  it('shows ports of switches with their machines, and where a cable was moved', async () => {
    await visit(`${admin.url}/network/switches`);
    const ports = page.getByRole('list', { name: 'Ports of leaf-001b' }).getByRole('listitem');
    await ports.nth(MACHINES - 3).waitFor();
    const shown = await ports.evaluateAll((items) => items.map((item) => (item as unknown as { textContent: string }).textContent));
    assert.equal(shown.length, MACHINES - 2, 'one machine is silent and one in a port of another');
    assert.match(shown[0]!, /swp1.*m00001.*m00002.*A cable was moved/);
    assert.match(shown[1]!, /swp4.*m00004/);
    await page.getByRole('article', { name: 'Switch leaf-001b' }).getByText('1 port with several machines').waitFor();
    await picture('network-switches');
    await accessible('network-switches');
    const inRack = await page.getByRole('article', { name: 'Switch leaf-001b' }).getByRole('link', { name: 'in the rack' }).getAttribute('href');
    assert.equal(new URL(inRack!, admin.url).searchParams.get('q'), 'switch:"leaf-001b"');
    await page.getByRole('tab', { name: 'Without a neighbour (1)' }).click();
    const silent = page.getByRole('list', { name: 'Machines without a neighbour' }).getByRole('link');
    await silent.first().waitFor();
    assert.deepEqual(await silent.allTextContents(), ['m00003']);
    await picture('network-unheard');
    await accessible('network-unheard');
  });

  it('draws a machine with its cables, disks and board controller', async () => {
    await visit(`${admin.url}/nodes/m00001`);
    const drawing = page.getByRole('figure', { name: 'm00001: 2 ports' });
    await drawing.getByRole('link', { name: 'leaf-001b' }).waitFor();
    // Each cable ends in the middle of the row of a port of its switch.
    const ends = await drawing.locator('svg').evaluate((svg) => {
      const of = (box: { getBoundingClientRect(): { top: number; height: number } }) => box.getBoundingClientRect();
      const paths = [...(svg as unknown as { querySelectorAll(what: string): { getAttribute(name: string): string }[] }).querySelectorAll('path')];
      return paths.map((cable) => Number(cable.getAttribute('d').split(' ').at(-1)) + of(svg as never).top);
    });
    const middles = await drawing
      .getByRole('list', { name: /^Ports of / })
      .getByRole('listitem')
      .evaluateAll((rows) =>
        rows.map((row) => {
          const { top, height } = (row as unknown as { getBoundingClientRect(): { top: number; height: number } }).getBoundingClientRect();
          return top + height / 2;
        }),
      );
    assert.equal(ends.length, 2);
    for (const [index, end] of ends.entries()) assert(Math.abs(end - middles[index]!) < 2, `${end} is not ${middles[index]}`);
    await picture('machine-drawing');
    await accessible('machine-drawing');
  });

  it('shows images with where they come from, and whose signature holds', async () => {
    await visit(`${admin.url}/images?image=${'a'.repeat(64)}`);
    const rows = page.getByRole('grid', { name: 'Images' }).getByRole('row');
    const textOf = async (words: string) => (await rows.filter({ hasText: words }).first().textContent()) ?? '';
    await page.getByText('its SSH keys: 2').waitFor();
    assert.match(await textOf('golden'), /captured from m00001.*312 MB.*aaaaaaaaaaaa.*signature holds/);
    assert.match(await textOf('silver'), /built.*signature holds.*system/);
    assert.match(await textOf('foreign'), /signature does not fit/);
    const certificates = page.getByRole('grid', { name: 'Certificates' });
    assert.match((await certificates.getByRole('row').filter({ hasText: 'old1' }).textContent()) ?? '', /PM9A3.*nvme sanitize.*holds/);
    assert.match((await certificates.getByRole('row').filter({ hasText: 'old2' }).textContent()) ?? '', /does not hold/);
    await picture('images');
    await accessible('images');
    await page.getByRole('link', { name: "boot menu's settings" }).click();
    await page.waitForURL(/\/deployments\/system\/provisioner$/);
    await page.getByText('Boot menu', { exact: true }).first().waitFor();
    await page.goBack();
  });

  it('names the old ones, and removes these and no others', async () => {
    await button('Remove old ones…').click();
    const old = dialog().getByRole('list', { name: 'Images that go' }).getByRole('listitem');
    await old.first().waitFor();
    assert.deepEqual(await old.allTextContents(), ['silver 12.11-d, 312 MB']);
    assert.equal((await admin.client.call('GET /images')).length, 4, 'looking removed one');
    await picture('images-old');
    await dialog().getByRole('button', { name: 'Remove 1 image' }).click();
    await dialog().waitFor({ state: 'detached' });
    assert.deepEqual((await admin.client.call('GET /images')).map(({ version }) => version).sort(), ['12.11-a', '12.11-b', '12.11-c']);
    await button('Remove old ones…').click();
    await dialog().getByText('There is none that could go.').waitFor();
    assert(await dialog().getByRole('button', { name: 'Remove', exact: true }).isDisabled());
    await dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  it('removes an image, and says who needs one that stays', async () => {
    await button('Remove golden 12.11-a').click();
    await dialog().getByText('It was captured from m00001 and cannot be built anew.').waitFor();
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await dialog().waitFor({ state: 'detached' });
    assert.deepEqual((await admin.client.call('GET /images')).map(({ name }) => name).sort(), ['foreign', 'silver']);
    await button('Remove silver 12.11-b').click();
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await dialog().getByText('Machines are given silver 12.11-b by system.os-install.').waitFor();
    await picture('images-refused');
    assert.deepEqual(
      complaints.splice(0).filter((text) => !text.includes('409')),
      [],
    );
    await dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  // Last: it goes on until the admin daemon ends.
  it('has one built, says what is wrong with the wish, and shows how far it is', async () => {
    const top = async () => (await page.getByRole('grid', { name: 'Images' }).boundingBox())?.y;
    const before = await top();
    await button('Build an image…').click();
    await dialog().getByLabel('Name').fill('silver');
    await dialog().getByText('There is a silver already').waitFor();
    await dialog().getByLabel('For processors').selectOption('arm64');
    await dialog().getByRole('button', { name: 'Build', exact: true }).click();
    await dialog().getByText('silver is the name of an image for other processors than arm64.').waitFor();
    complaints.splice(0);
    await dialog().getByLabel('For processors').selectOption('amd64');
    await dialog().getByLabel('Name').fill('tools');
    await dialog().getByLabel('Packages').fill('jq, No_Package');
    await dialog().getByText('No_Package: no name of a Debian package.').waitFor();
    assert(await dialog().getByRole('button', { name: 'Build', exact: true }).isDisabled());
    await dialog().getByLabel('Packages').fill('jq, tcpdump');
    await dialog()
      .getByRole('checkbox', { name: /^non-free-firmware/ })
      .check();
    await picture('image-build');
    await accessible('image-build', undefined, (copy) => copy.getByRole('button', { name: 'Build an image…' }).click());
    await dialog().getByRole('button', { name: 'Build', exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    const making = page.getByRole('list', { name: 'Images being made' }).getByRole('listitem');
    await making.filter({ hasText: 'installing Debian packages' }).waitFor();
    assert.match((await making.textContent()) ?? '', /^Image tools/);
    assert.equal(await top(), before, 'the table stays where it was');
    await picture('images-being-made');
    await accessible('images-being-made', 'Image tools');
    assert.deepEqual(complaints, []);
  });
});
