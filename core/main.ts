// The admin daemon, wired top to bottom: settings, store, keys, catalogue, rack, annealer, API, web page. The only file that reads the
// environment or ends the process.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv6, type Server } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import path from 'node:path';
import { certifyCaller, homeAuthority, homeCertificate } from './access/home-authority.ts';
import { fingerprintOf, pageAuthority, pageCertificate } from './access/page-certificate.ts';
import { openRoleSecrets } from './access/role-secrets.ts';
import { sealFor } from './access/seal-for.ts';
import { openSecrets } from './access/secrets.ts';
import { commandLineToken, issueFirstCode } from './access/sessions.ts';
import { someoneRules } from './access/users.ts';
import { track } from './activities.ts';
import { openDiscoveryImages } from './discovery-images.ts';
import { openBackups } from './backup/backups.ts';
import { startAnnealer } from './annealer/annealer.ts';
import { reactionsOf } from './annealer/foresee.ts';
import { printProgram } from './annealer/print-program.ts';
import { checkRole } from './annealer/look-at-role.ts';
import { reveal } from './annealer/reveal.ts';
import { watchDrift } from './annealer/drift.ts';
import { watchHealth } from './annealer/health.ts';
import { openHistory } from './api/history.ts';
import { apiServer } from './api/server.ts';
import { watchContact } from './boot/contact.ts';
import { parseYaml, render } from './catalog/catalog.ts';
import { openShelf } from './catalog/shelf.ts';
import { type Config, readConfig, usage } from './config.ts';
import { openCaptureShop } from './captures.ts';
import { openDownloads } from './downloads.ts';
import { openActs } from './hardware/acts.ts';
import { bmcFor, readAccounts } from './hardware/find-bmc.ts';
import { watchHandRequests } from './hardware/hand-requests.ts';
import { powerStatus, switchPower } from './hardware/switch.ts';
import { homeServer } from './home/server.ts';
import { clearContainers } from './lab/containers.ts';
import type { HomeAddress } from './model/home.ts';
import { millisecondsOf } from './model/duration.ts';
import type { Network } from './model/network.ts';
import type { Node } from './model/node.ts';
import { type Checked, ok, problem, ProblemError } from './model/problem.ts';
import { askAddresses } from './network/address-check.ts';
import { readLeases } from './network/leases.ts';
import { checkNetwork } from './network/allocate.ts';
import { hostNamespace, openNamespace } from './network/namespace.ts';
import { openNetworkVerifier } from './network-verifier.ts';
import { watchOrders } from './orders/orders.ts';
import { openImports } from './images/imports.ts';
import { openFirmwareFiles } from './images/firmware-files.ts';
import { openInstallers } from './installers.ts';
import { openOsImages } from './os-images.ts';
import { USUAL_IMAGE } from './model/image.ts';
import { openPackages } from './packages.ts';
import { keepMachineHistory } from './machine-history.ts';
import { keepMoments } from './plan-moments.ts';
import { makePlanner } from './plan/planner.ts';
import { roleOrder } from './plan/role-graph.ts';
import { closed, networkOn, openRack, type Rack } from './rack.ts';
import { generateKeyPair } from './remote/keys.ts';
import { openRemotes } from './remote/remotes.ts';
import { openBmcs } from './bmcs.ts';
import { boxesOff } from './boxes.ts';
import { restart, startFromDisk } from './restart.ts';
import { watchRetirements } from './retirement.ts';
import { seed, setNetwork } from './seed.ts';
import { signForSite } from './site-signature.ts';
import { takeState } from './state-folder.ts';
import { keepPruning } from './store/prune.ts';
import { followFacts } from './store/snapshot.ts';
import { openStore } from './store/store.ts';
import { narrate, openTerminal } from './terminal.ts';
import { untilDone } from './until-done.ts';
import { version } from './version.ts';
import { openVirtualRack, type RackSettings } from './virtual-rack.ts';
import { checkBlocks, openDestinations } from './webhooks/destination.ts';
import { openWebhooks, secretNameOf } from './webhooks/webhooks.ts';

const SETTINGS_FILE = process.env.PRYBAR_SETTINGS ?? '/etc/prybar/settings.yml';
const ROLES_AT_ONCE = 50;
/** Firmware takes minutes to start, and board controllers are small. */
const HARDWARE_PAUSE_MS = 10_000;
/** Of machines that call home; renewed when a third is left. */
const CALLER_CERTIFICATE_DAYS = 180;

if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
  process.stdout.write(usage);
  process.exit();
}
const settings = readSettings();
const config = orEnd(settings.ok ? readConfig(process.argv.slice(2), process.env, settings.value) : settings);
const terminal = openTerminal(config.json);
const ending = new AbortController();
process.exitCode = await run(config).catch((error: Error) => {
  if (error instanceof ProblemError) for (const found of error.problems) terminal.problem(found);
  else terminal.problem(problem(`Prybar itself failed: ${error.message}`, undefined, error.stack));
  return 1;
});
// What is left open now (a keep-alive connection, a pipe) must not keep a finished process.
process.exit();

/** Starts everything, waits until it should end, stops everything in reverse. Returns the exit status. */
async function run(config: Config): Promise<number> {
  const stops: (() => unknown)[] = [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!ending.signal.aborted) terminal.tell('stopping', 'Stopping what was started …');
      ending.abort();
    });
  }
  try {
    return await serve(config, stops);
  } finally {
    for (const stop of stops.reverse())
      await Promise.resolve(stop()).catch((error: Error) => terminal.problem(problem(`Not everything could be stopped: ${error.message}`)));
    terminal.close();
    terminal.tell('stopped', 'Stopped. Nothing is left running; start again to go on where it was.');
  }
}

async function serve(config: Config, stops: (() => unknown)[]): Promise<number> {
  const now = Date.now;
  const state = orThrow(takeState(config.state));
  stops.push(state.release);

  // Facts, and the keys that lie beside them.
  const store = await openStore({ file: state.file('store/facts.db') });
  stops.push(store.close);
  const secrets = openSecrets(store, state.file('secret.key'));
  const roleSecrets = openRoleSecrets(store, { secrets, makeKeyPair: generateKeyPair, now });
  await commandLineToken(store, state.file('cli-token'), now());
  for (const activity of await store.list('activity')) await store.remove('activity', activity.id);
  await seed(store, { now: now() });

  const facts = await followFacts(store);

  // What can be deployed: the catalogue of the barclamps that the facts name, so both are always of the same moment.
  const shelf = openShelf({ shipped: path.resolve(import.meta.dirname, '..', config.barclamps), installed: state.file('installed-barclamps') });
  const currentCatalog = () => shelf.with(facts.current.barclamps).catalog;
  shelf.tidy(facts.current.barclamps);
  const order = roleOrder(currentCatalog());
  for (const found of [...shelf.with(facts.current.barclamps).problems, ...(order.ok ? [] : order.problems)]) terminal.problem(found);

  const planner = makePlanner(facts, currentCatalog);
  stops.push(narrate(store, terminal, planner));
  const moments = keepMoments({ store, facts, planner, now, onProblem: terminal.problem });
  stops.push(moments.stop);
  const machineHistory = keepMachineHistory({ store, now, onProblem: terminal.problem });
  stops.push(machineHistory.stop);
  const contact = watchContact(store, now);
  stops.push(contact.stop);

  // The rack: virtual, or behind an interface of this machine, or none yet.
  const discoveryImages = openDiscoveryImages({
    store,
    cacheDir: config.cache,
    onMade: (architecture, { dpkgStatus }) => packages.open(dpkgStatus, architecture),
    signal: ending.signal,
  });
  stops.push(discoveryImages.stop);
  const installers = openInstallers({ store, cacheDir: config.cache, signal: ending.signal });
  const packages = openPackages({ store, cacheDir: config.cache, barclamps: () => currentCatalog().barclamps, signal: ending.signal });
  const downloads = openDownloads({
    store,
    folder: path.join(config.cache, 'downloads'),
    barclamps: () => currentCatalog().barclamps,
    signal: ending.signal,
  });
  const osImages = openOsImages({ store, secrets, cacheDir: config.cache, now, signal: ending.signal });
  const firmwareFiles = openFirmwareFiles({ store, folder: state.file('firmware'), sign: (text) => signForSite(secrets, 'firmware', text), now });
  const captures = openCaptureShop({ store, images: osImages, arriving: state.file('arriving'), kept: state.file('images'), now });
  let rack: Rack | undefined;
  let home: HomeAddress | undefined;
  // What a process before this one was killed with.
  await clearContainers(state.file('containers'));
  await boxesOff(store, now());
  const ownNetwork = hostNamespace();
  const remotes = openRemotes({
    keyFile: state.file('ssh-key'),
    connect: (host, port) => (rack?.namespace ?? ownNetwork).connect(host, port),
    inside: () => (rack?.namespace ?? ownNetwork).command([]),
  });
  stops.push(remotes.close);
  const serveRack = async (network: Network, { kernelParameters, provisioner }: RackSettings) => {
    const namespace = network.namespace ? orThrow(await openNamespace(network.namespace)) : hostNamespace();
    rack = await openRack({
      namespace,
      network,
      port: config.bootPort,
      stateDir: state.path,
      store,
      contact,
      render,
      now,
      publicKey: remotes.publicKey,
      ...(kernelParameters && { kernelParameters }),
      discoveryImage: discoveryImages.of,
      armLoaders: discoveryImages.armLoaders,
      poolFolder: packages.folder,
      download: (sha256) => downloads.file(sha256) ?? firmwareFiles.path(sha256),
      captures,
      log: terminal.problem,
    });
    const site = { stateDir: state.path, bootUrl: rack.url, ...(kernelParameters && { kernelParameters }), ...(home && { home }) };
    await setNetwork(store, network, site, provisioner);
    await installers.tell();
  };
  const closeRack = async () => {
    await rack?.stop();
    rack = undefined;
  };
  stops.push(closeRack);

  const prepare = async () => {
    const { dpkgStatus } = await discoveryImages.prepare();
    await packages.open(dpkgStatus);
    await downloads.open();
  };

  const virtualRack = openVirtualRack({
    store,
    facts,
    secrets,
    terminal,
    machines: config.machines,
    containers: config.containers,
    firmware: config.firmware,
    disks: config.disks,
    cidr: config.network,
    cacheDir: config.cache,
    stateDirs: { lab: state.file('lab'), containers: state.file('containers') },
    publicKey: remotes.publicKey,
    containersReady: () => currentCatalog().barclamps.has('container-ready'),
    rack: { current: () => rack, open: serveRack, close: closeRack },
    prepare,
    now,
    signal: ending.signal,
  });
  stops.push(virtualRack.stop);

  // The loop, and the page.
  const bmcs = openBmcs({
    store,
    facts,
    secrets,
    roleSecrets,
    catalog: currentCatalog,
    remoteFor: remotes.of,
    namespace: () => rack?.namespace ?? ownNetwork,
    now,
  });
  const wayToBmc = (node: Node) => bmcFor(node, bmcs);
  const startAnew = (node: Node, from: 'pxe' | 'disk', signal: AbortSignal) =>
    restart(node, from, { remote: remotes.of(node), power: wayToBmc, cycle: (of) => switchPower(of, 'cycle', bmcs), signal });
  stops.push(watchHandRequests(store, terminal.problem).stop);
  const hardware = openActs({
    store,
    bmc: wayToBmc,
    // Back to what runs on it now.
    restart: (node, signal) => startAnew(node, node.system?.kind === 'live' ? 'pxe' : 'disk', signal),
    firmwareFile: firmwareFiles.open,
    // Some look at how the name ends.
    downloadUrl: ({ digest, name }) => rack && `${rack.url}/downloads/${digest}/${encodeURIComponent(name)}`,
    now,
    pauseMs: HARDWARE_PAUSE_MS,
  });
  const annealer = await startAnnealer({
    store,
    facts,
    planner,
    remoteFor: remotes.of,
    secretsOf: roleSecrets.of,
    restart: (node, signal) => startAnew(node, 'pxe', signal),
    hardware,
    startFromDisk: (node) => startFromDisk(node, wayToBmc),
    captures: captures.shop,
    limit: ROLES_AT_ONCE,
    now,
    onProblem: terminal.problem,
  });
  stops.push(annealer.stop);
  // What is done is looked at again and again: whether it works, and whether it still is as it was left.
  const round = {
    store,
    facts,
    planner,
    remoteFor: remotes.of,
    secretsOf: roleSecrets.of,
    hardware,
    quietSince: annealer.quietSince,
    now,
    onProblem: terminal.problem,
  };
  stops.push(watchHealth(round, millisecondsOf(config.healthEvery)).stop);
  stops.push(watchDrift(round, millisecondsOf(config.driftEvery)).stop);
  stops.push(
    watchRetirements({
      store,
      facts,
      planner,
      sign: (text) => signForSite(secrets, 'certificate', text),
      switchOff: (node) => switchPower(node, 'off', bmcs),
      onProblem: terminal.problem,
    }).stop,
  );
  stops.push(
    watchOrders({
      store,
      facts,
      planner,
      catalog: currentCatalog,
      needPackages: async (barclamp) => void (await Promise.all([packages.need(barclamp), downloads.need(barclamp), installers.need(barclamp)])),
      // It shows as an activity, its failure too; until it is there the plan says what it waits for.
      needImage: () => void osImages.need(USUAL_IMAGE).catch(() => {}),
      secretsOf: roleSecrets.of,
      keepDays: config.keepRunDays,
      sealFor,
      now,
      onProblem: terminal.problem,
    }).stop,
  );
  const destinations = openDestinations(orThrow(checkBlocks(config.webhooksTo)), () => [...facts.current.networks.values()]);
  stops.push(
    openWebhooks({
      store,
      plan: async () => {
        await facts.refresh();
        return planner.plan();
      },
      destinations,
      secretOf: (name) => secrets.get(secretNameOf(name)),
      now,
      onProblem: terminal.problem,
    }).stop,
  );
  const backups = openBackups({ state: state.path, version, now });
  const keep = { perNodeRole: config.keepRuns, days: config.keepRunDays };
  stops.push(keepPruning(store, { ...keep, auditDays: config.keepAuditDays }, facts.seq, terminal.problem).stop);
  // Over HTTP on this machine only; over HTTPS where others reach it.
  const host = hostname();
  const names = [host, 'localhost', ...ownAddresses()];
  const tls = config.https === undefined ? undefined : await pageCertificate(secrets, names, now());
  let secureUrl: string | undefined;
  const api = apiServer(
    {
      home: { authority: async () => (await homeAuthority(secrets, host)).cert, url: () => home?.url },
      authority: async () => ({ pem: (await pageAuthority(secrets, host)).cert, ...(secureUrl && { url: secureUrl }) }),
      store,
      keep,
      facts,
      planner,
      catalog: currentCatalog,
      shelf,
      version,
      startedAt: now(),
      now,
      power: (node, action) => (action === 'status' ? powerStatus(node, bmcs) : switchPower(node, action, bmcs)),
      restart: (node, from) => startAnew(node, from, ending.signal),
      bmc: wayToBmc,
      bmcAccounts: () => readAccounts(bmcs),
      foresee: {
        check: async (group, node, mode) =>
          checkRole({ group: await reveal(group, node, roleSecrets.of), node, remote: remotes.of(node), hardware, signal: ending.signal }, mode),
        reactions: reactionsOf,
        program: (group, node, mode, run) => printProgram(group, node, remotes.of(node).reach, mode, run),
      },
      history: openHistory(store, now),
      lookAtPlan: moments.look,
      lookAtMachines: machineHistory.look,
      limit: ROLES_AT_ONCE,
      needPackages: async (barclamp) => void (await Promise.all([packages.need(barclamp), downloads.need(barclamp), installers.need(barclamp)])),
      images: osImages,
      imports: openImports({
        images: osImages,
        show: (name, work) => track(store, `image ${name}`, `Image ${name}`, (onProgress) => work((fraction) => onProgress({ phase: 'copying', fraction }))),
        kept: state.file('images'),
        now,
        signal: ending.signal,
      }),
      firmwareFiles,
      leases: () => readLeases(state.file('dnsmasq/leases')),
      verifyNetworks: openNetworkVerifier({ store, remotes, now, signal: ending.signal }),
      askAddresses: (network, addresses) => askAddresses(network, rack?.namespace ?? ownNetwork, addresses),
      backups: {
        ...backups,
        make: (options) => track(store, 'backup', 'Backup', (onProgress) => backups.make({ ...options, onProgress })),
      },
      keepSecret: secrets.put,
      secretCalled: secrets.get,
      sealFor,
      destinations,
      rotateSecret: roleSecrets.rotate,
      lab: virtualRack,
      served: () => rack,
      ownNetwork,
      uiFolder: path.resolve(import.meta.dirname, '..', 'ui', 'dist'),
      log: terminal.problem,
    },
    tls,
  );
  stops.push(async () => {
    await api.close();
    await Promise.all([closed(api.server), ...(api.secure?.listening ? [closed(api.secure)] : [])]);
  });
  const url = `http://127.0.0.1:${await listen(api.server, config.port, '127.0.0.1')}`;
  if (api.secure) secureUrl = `https://${host}:${await listen(api.secure, config.https!)}`;
  writeFileSync(state.file('admin.json'), JSON.stringify({ url, pid: process.pid }), { mode: 0o600 });
  stops.push(() => rmSync(state.file('admin.json'), { force: true }));
  terminal.tell('ready', `Web page: ${url}`, { url });
  if (secureUrl) terminal.tell('https', `Over HTTPS, also from elsewhere: ${secureUrl} (to trust its certificate: prybar ca show)`, { url: secureUrl });
  if (config.home !== undefined) {
    const reached = [...new Set([...config.homeNames.split(',').filter(Boolean), ...names])];
    const { cert: authority } = await homeAuthority(secrets, host);
    const calls = homeServer({
      store,
      certify: (id, publicKey, days) => certifyCaller(secrets, host, { id, publicKey, days }),
      certificateDays: CALLER_CERTIFICATE_DAYS,
      tls: { ...(await homeCertificate(secrets, reached, now())), authority },
      now,
      log: terminal.problem,
    });
    home = { url: `https://${addressInUrl(reached[0]!)}:${await listen(calls, config.home)}`, authority: fingerprintOf(authority) };
    stops.push(() => closed(calls));
    terminal.tell('home', `Machines that were sent away call ${home.url} (for their settings: prybar home address)`, { url: home.url });
  }
  // Where people can sign in, a link that lets anybody in has no place in the log of each start.
  const link = (await someoneRules(store)) ? undefined : `${url}/sign-in/${await issueFirstCode(store, now())}`;
  if (link) terminal.tell('sign-in', `Sign in once with: ${link}`, { link });
  else terminal.tell('sign-in', 'Sign in as always, or have a one-time link printed: prybar sign-in');

  if (config.lab) orThrow(await virtualRack.start({}));
  else if (config.interface) {
    await serveRack(orThrow(checkNetwork(networkOn(config.network, addressOf(config.interface), config.interface))), {});
    await prepare();
    terminal.tell('rack', `Machines on ${config.interface} are served`, { interface: config.interface });
  } else terminal.tell('idle', 'No machines are served: name the interface they are connected to with --interface, or start a virtual rack: prybar lab up');

  if (!config.untilDone) {
    await aborted(ending.signal);
    return 0;
  }
  const result = await untilDone(store, facts, planner, {
    deployment: 'sample',
    machines: config.machines,
    timeoutMs: config.timeout * 1000,
    signal: ending.signal,
  });
  if (result.ok) terminal.tell('done', `The sample deployment has converged on ${config.machines} machines.`);
  else for (const found of result.problems) terminal.problem(found);
  return result.ok ? 0 : 1;
}

/** On every address unless one is named; gives the port. */
function listen(server: Server, port: number, address?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ProblemError(
          problem(
            `Nobody can be served on ${address ?? 'port'}${address ? ':' : ' '}${port}: ${error.message}.`,
            undefined,
            error.code === 'EADDRINUSE' ? 'Another program has this port: stop it, or choose another one with --port, --https or --home.' : undefined,
          ),
        ),
      ),
    );
    server.listen({ port, ...(address && { host: address }) }, () => resolve((server.address() as { port: number }).port));
  });
}

/** RFC 3986, 3.2.2. */
function addressInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ address, family, scopeid }) => (family === 'IPv4' || !scopeid ? [address] : []))
    .sort();
}

function addressOf(name: string): string {
  const address = networkInterfaces()[name]?.find((candidate) => candidate.family === 'IPv4')?.address;
  if (address) return address;
  throw new ProblemError(
    problem(
      `The interface ${name} has no IPv4 address.`,
      undefined,
      `Give it one (ip addr add … dev ${name}), or name another: ${Object.keys(networkInterfaces()).join(', ')}.`,
    ),
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
}

function readSettings(): Checked<Record<string, unknown>> {
  if (!existsSync(SETTINGS_FILE)) return ok({});
  const parsed = parseYaml(readFileSync(SETTINGS_FILE, 'utf8'), SETTINGS_FILE);
  return parsed.ok ? ok((parsed.value ?? {}) as Record<string, unknown>) : parsed;
}

function orThrow<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new ProblemError(checked.problems);
}

function orEnd<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  for (const found of checked.problems) openTerminal(process.argv.includes('--json')).problem(found);
  process.exit(2);
}
