// prybar node …

import type { Command } from 'commander';
import type { InstallationView, NodeView, RetirementView } from '../api/contract.ts';
import type { Cli } from './cli.ts';
import { bytes, coloured, confirmed, problemLines, show, table, when } from './output.ts';

export function nodeCommands(program: Command, { client, output }: Cli): void {
  const node = program.command('node').description('machines');

  node
    .command('list')
    .description('all machines')
    .action(async () => {
      const nodes = await client().call('GET /nodes');
      show(output, nodes, () =>
        table(
          ['NAME', 'STATE', 'SERIAL', 'POOL', 'ADDRESS', 'SYSTEM', 'ROLES'],
          nodes.map(row),
          'No machine has reported itself yet. Switch one on in the rack network; it boots by itself.',
        ),
      );
    });

  node
    .command('show <name>')
    .description('one machine')
    .action(async (name: string) => {
      const found = await client().call('GET /nodes/:id', { params: { id: name } });
      show(output, found, () => details(found));
    });

  node
    .command('approve <name>')
    .description('let a discovered machine in')
    .option('--as <name>', 'its name from now on')
    .option('--pool <pool>', 'its pool')
    .action(async (name: string, options: { as?: string; pool?: string }) => {
      const approved = await client().call('POST /nodes/:id/approve', {
        params: { id: name },
        body: { ...(options.as && { name: options.as }), ...(options.pool && { pool: options.pool }) },
      });
      show(output, approved, () => `${approved.name} is approved, with the address ${approved.addresses.admin ?? 'none'} in the pool ${approved.pool}.`);
    });

  node
    .command('power <name> <action>')
    .description('on, off, cycle or status: through its BMC, else its system, the network, or somebody who is asked')
    .action(async (name: string, action: string) => {
      const { power } = await client().call('POST /nodes/:id/power', { params: { id: name }, body: { action: action as 'on' } });
      show(output, { node: name, power }, () =>
        power === 'asked' ? `${name}: it was asked for, and shows in prybar status until it is done.` : `${name} is ${power}.`,
      );
    });

  node
    .command('maintenance <name> <on|off>')
    .description('hold what it should do, or go on')
    .action(async (name: string, state: string) => {
      const changed = await client().call('PATCH /nodes/:id', { params: { id: name }, body: { maintenance: state === 'on' } });
      show(output, changed, () => (changed.maintenance ? `${name} is in maintenance: nothing is begun on it.` : `${name} is back from maintenance.`));
    });

  node
    .command('refused')
    .description('who was turned away where machines boot or call home, and why')
    .option('--strike <address>', 'take it off the list; it comes back when it is turned away again')
    .action(async ({ strike }: { strike?: string }) => {
      const api = client();
      const all = await api.call('GET /refusals');
      if (strike !== undefined) {
        const those = all.filter(({ address, id }) => address === strike || id === strike);
        for (const { id } of those) await api.call('DELETE /refusals/:id', { params: { id } });
        return show(output, those, () => (those.length ? `${strike} is off the list.` : `${strike} was not turned away.`));
      }
      const rows = all.map(({ address, mac, node: machine, door, count, at, problem: found }) => [
        address,
        machine?.name ?? mac ?? 'unknown',
        door === 'boot' ? 'boot server' : 'home',
        String(count),
        when(at),
        found.summary,
      ]);
      show(output, all, () => table(['ADDRESS', 'MACHINE', 'AT', 'TIMES', 'LAST', 'WHY'], rows, 'Nobody was turned away this week.'));
    });

  node
    .command('rename <name> <new>')
    .description('call it otherwise; proposals that name it follow')
    .action(async (name: string, wanted: string) => {
      const changed = await client().call('PATCH /nodes/:id', { params: { id: name }, body: { name: wanted } });
      show(output, changed, () => `${name} is called ${changed.name} now.`);
    });

  node
    .command('move <name> <pool>')
    .description('put it into another pool; roles follow the pool')
    .option('--yes', 'do not ask')
    .action(async (name: string, pool: string, options: { yes?: boolean }) => {
      const api = client();
      const found = await api.call('GET /nodes/:id', { params: { id: name } });
      const pools = new Map((await api.call('GET /deployments')).map((d) => [d.name, d.pools]));
      const { nodeRoles } = await api.call('GET /plan', { query: { node: found.id } });
      // Who is named keeps a role in any pool.
      const proposals = await api.call('GET /proposals');
      const isNamed = (deployment: string, role: string): boolean =>
        proposals.some(({ deployment: its, committed }) => {
          const who = its === deployment ? committed?.roles[role] : undefined;
          return Array.isArray(who) && (who.includes(found.name) || who.includes(found.id));
        });
      const leaves = nodeRoles.filter(
        ({ deployment, role }) => pools.get(deployment)?.length && !pools.get(deployment)!.includes(pool) && !isNamed(deployment, role),
      );
      if (leaves.length && !options.yes)
        await confirmed(
          [`Moving ${name} from ${found.pool} to ${pool}`, ...leaves.map(({ key }) => `  loses    ${key}`)].join('\n'),
          'Give --yes to move it without being asked.',
        );
      const changed = await api.call('PATCH /nodes/:id', { params: { id: name }, body: { pool } });
      show(output, changed, () => `${name} is in the pool ${changed.pool}.`);
    });

  node
    .command('install <name>')
    .description('have it installed; with --again also when it has a system, which is lost')
    .option('--deployment <name>', 'which one installs it, where several could')
    .option('--again', 'write over the system that it has')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: { deployment?: string; again?: boolean; yes?: boolean }) => {
      const what = await client().call('GET /nodes/:id/installation', { params: { id: name } });
      if (what.installed && options.again && !options.yes)
        await confirmed([`Installing ${name} anew`, ...installationLines(what)].join('\n'), 'Give --yes to install it without being asked.');
      const body = { ...(options.deployment && { deployment: options.deployment }), ...(options.again && { again: true }) };
      const found = await client().call('POST /nodes/:id/install', { params: { id: name }, body });
      show(output, found, () => `${name} is to be installed${what.installed ? ' anew' : ''}. See how it goes: prybar run list --node ${name}`);
    });

  node
    .command('rescue <name>')
    .description('start it into the discovery image, so that somebody can look at its disks')
    .option('--end', 'start it from its own disk again')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: { end?: boolean; yes?: boolean }) => {
      if (!options.yes)
        await confirmed(
          options.end
            ? `${name} is started from its own disk. What is in memory now is lost.`
            : `${name} is shut down and started into the discovery image. What it serves stops until you end this; its disks are left alone.`,
          'Give --yes to do it without being asked.',
        );
      const request = { params: { id: name } };
      const { node: found, power } = options.end
        ? await client().call('DELETE /nodes/:id/rescue', request)
        : await client().call('POST /nodes/:id/rescue', request);
      show(
        output,
        found,
        () =>
          `${power === 'asked' ? `Somebody is asked to start ${name} anew.` : `${name} is being started anew.`}${options.end ? '' : ` It is in maintenance. When it is up: prybar node console ${name}; then: prybar node rescue ${name} --end`}`,
      );
    });

  node
    .command('rack <name> [place]')
    .description('say where a machine stands; without a place, that nobody knows')
    .action(async (name: string, place = '') => {
      const changed = await client().call('PATCH /nodes/:id', { params: { id: name }, body: { rack: place } });
      show(output, changed, () => (changed.rack ? `${name} stands in ${changed.rack}.` : `Nobody knows where ${name} stands.`));
    });

  node
    .command('retire <name>')
    .description('undo its roles, erase its disks with a certificate, and forget it')
    .option('--keep-disks', 'leave what is on its disks')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: { keepDisks?: boolean; yes?: boolean }) => {
      const erase = !options.keepDisks;
      const what = await client().call('GET /nodes/:id/retirement', { params: { id: name } });
      if (!options.yes) await confirmed([`Retiring ${name}`, ...retirementLines(what, erase)].join('\n'), 'Give --yes to retire it without being asked.');
      const body = { erase, ...(erase && { disks: what.disks.map(({ disk }) => disk) }) };
      const retired = await client().call('POST /nodes/:id/retire', { params: { id: name }, body });
      show(
        output,
        retired,
        () => `${name} is being retired${erase ? '; its certificate will be in: prybar certificate list' : ''}. Keep it after all: prybar node stay ${name}`,
      );
    });

  node
    .command('stay <name>')
    .description('keep a machine that was to be retired')
    .action(async (name: string) => {
      const kept = await client().call('POST /nodes/:id/stay', { params: { id: name } });
      show(output, kept, () => `${kept.name} stays, and takes roles again.`);
    });

  node
    .command('replace <name>')
    .description('put a spare into the place of a machine that failed; without --by, show which there are')
    .option('--by <spare>', 'the machine that gets its name, addresses and roles')
    .option('--despite', 'also when it lacks something that the other has')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: { by?: string; despite?: boolean; yes?: boolean }) => {
      const spares = await client().call('GET /nodes/:id/candidates', { params: { id: name } });
      if (!options.by)
        return show(output, spares, () =>
          table(
            ['SPARE', 'SERIAL', 'POOL', 'LACKS'],
            spares.map((s) => [s.name, s.serial ?? '', s.pool, s.lacks.join('; ') || 'nothing']),
            'No machine runs the discovery image with nothing installed on it. Switch one on.',
          ),
        );
      if (!options.yes)
        await confirmed(
          `${options.by} becomes ${name}: it gets its name, addresses and roles, and is started anew. What runs on ${options.by} now is lost.`,
          'Give --yes to do it without being asked.',
        );
      const done = await client().call('POST /nodes/:id/replace', {
        params: { id: name },
        body: { by: options.by, ...(options.despite && { despite: true }) },
      });
      show(output, done, () =>
        done.power === 'on' ? `${name} has new hardware, which is being started.` : `${name} has new hardware. Start it anew by hand: no BMC of it is known.`,
      );
    });

  node
    .command('forget <name>')
    .description('take a machine off the books')
    .option('--for-good', 'also its addresses, its secrets and the account on its BMC: it will not come back')
    .action(async (name: string, { forGood }: { forGood?: boolean }) => {
      await client().call('DELETE /nodes/:id', { params: { id: name }, ...(forGood && { query: { forGood } }) });
      show(
        output,
        { forgotten: name },
        () => `${name} is forgotten. ${forGood ? 'Nothing of it is kept but its history.' : 'It keeps its address should it come back.'}`,
      );
    });
}

function retirementLines({ undone, disks, left, cannotErase }: RetirementView, erase: boolean): string[] {
  return [
    ...undone.map((key) => `  undoes   ${key}`),
    ...disks.map(
      ({ disk, size, model, serial }) => `  ${erase ? 'erases' : 'leaves'}   ${disk}  ${bytes(size)}${model ? ` ${model}` : ''}${serial ? ` ${serial}` : ''}`,
    ),
    ...left.map((disk) => `  leaves   ${disk}  which can be taken out`),
    ...(erase && cannotErase ? [problemLines([cannotErase])] : []),
  ];
}

function installationLines({ installed, lost, disks }: InstallationView): string[] {
  return [
    ...(installed ? [`  writes over  ${installed.platform}, installed ${when(installed.at)}, on one of ${disks.join(', ') || 'its disks'}`] : []),
    ...lost.map((key) => `  does again   ${key}, with what it keeps there lost`),
  ];
}

function row(node: NodeView): string[] {
  const total = Object.values(node.totals).reduce((sum, count) => sum + count, 0);
  const state = !node.approved ? 'new' : node.leaving ? 'retiring' : node.capture ? 'capturing' : node.maintenance ? 'maintenance' : node.contact;
  return [
    node.name,
    coloured(state),
    node.serial ?? '',
    node.approved ? node.pool : '',
    node.addresses.admin ?? '',
    systemOf(node),
    total ? `${node.totals.done ?? 0}/${total} done` : '',
  ];
}

const systemOf = (node: NodeView): string => (node.system ? `${node.system.platform}${node.system.kind === 'live' ? ' (in RAM)' : ''}` : '');

function details(node: NodeView): string {
  const { inventory } = node;
  const lines = [
    ['name', node.name],
    ['id', node.id],
    ['state', coloured(node.approved ? node.contact : 'new')],
    ['serial', node.serial ?? ''],
    ['pool', node.pool],
    ...Object.entries(node.addresses).map(([network, address]) => [`${network} address`, address]),
    ['system', systemOf(node)],
    ['discovered', when(node.discoveredAt)],
  ];
  if (inventory) {
    lines.push(
      ['machine', [inventory.vendor, inventory.product].filter(Boolean).join(' ')],
      ['processor', `${inventory.cpu.model}, ${inventory.cpu.threads} threads`],
      ['memory', bytes(inventory.memory)],
      ['firmware', [inventory.firmware.kind, inventory.firmware.vendor, inventory.firmware.version].filter(Boolean).join(' ')],
      ['BMC', inventory.bmc?.address ?? 'none found'],
      ...inventory.disks.map((disk) => ['disk', `${disk.byId ?? disk.name}  ${bytes(disk.size)} ${disk.kind}${disk.removable ? ', removable' : ''}`]),
      ...inventory.nics.map((nic) => [
        'port',
        `${nic.name}  ${nic.mac}${nic.speed ? `  ${nic.speed} Mbit/s` : ''}${nic.pciPath ? `  ${nic.pciPath}` : ''}${nic.lldp ? `  → ${nic.lldp.system} ${nic.lldp.port}` : ''}`,
      ]),
    );
  }
  return lines.map(([label, value]) => `${label!.padEnd(14)} ${value}`).join('\n');
}
