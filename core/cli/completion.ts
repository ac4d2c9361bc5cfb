// What a shell offers when Tab is pressed: commands and options as they are declared, and names of what there is, asked of the admin node.

import type { Command } from 'commander';
import type { RouteName } from '../api/contract.ts';
import type { Client } from './client.ts';

/** First word of a command → the list that its first argument names something of, and how it is named there. */
const lists: Record<string, { route: RouteName; by: 'name' | 'id' }> = {
  node: { route: 'GET /nodes', by: 'name' },
  deployment: { route: 'GET /deployments', by: 'name' },
  proposal: { route: 'GET /proposals', by: 'id' },
  barclamp: { route: 'GET /barclamps', by: 'name' },
  image: { route: 'GET /images', by: 'name' },
  network: { route: 'GET /networks', by: 'name' },
  order: { route: 'GET /orders', by: 'id' },
  user: { route: 'GET /users', by: 'name' },
  tenant: { route: 'GET /tenants', by: 'name' },
  webhook: { route: 'GET /webhooks', by: 'name' },
};
// Somebody waits with the finger on the key.
const PATIENCE_MS = 3000;

/** Adds `prybar completion SHELL`, and what its script asks: `prybar complete -- words…`. */
export async function addCompletion(program: Command, words: readonly string[], client: () => Client): Promise<void> {
  const description = 'what completes words at the prompt: source <(prybar completion bash)';
  // Looking through all commands takes 5 ms of every start: where nobody asks for it, `--help` tells of it and nothing else.
  if (!words.includes('completion') && !words.includes('complete')) {
    program.command('completion').argument('<shell>').description(description);
    return;
  }
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const offered = tab(program, { completionCommandName: 'completion' });
  program.commands.find((command) => command.name() === 'completion')!.description(description);
  const asked = words.indexOf('complete') + 1;
  const kind = words[asked] === '--' ? words[asked + 1] : undefined;
  const list = kind === undefined ? undefined : lists[kind];
  if (!list) return;
  program.parseOptions(words.slice(0, asked));
  const names = await Promise.race([namesIn(list, client), new Promise<string[]>((resolve) => setTimeout(resolve, PATIENCE_MS, []))]);
  for (const [command, { arguments: args }] of offered.commands) {
    const [first] = args.values();
    if (command.startsWith(`${kind} `) && first && !first.handler && first.name === list.by)
      first.handler = (offer) => {
        for (const name of names) offer(name, '');
      };
  }
}

// No admin node, or none that lets us in: then there are no names to offer, and a shell is no place to say why.
async function namesIn({ route, by }: (typeof lists)[string], client: () => Client): Promise<string[]> {
  try {
    const found = (await client().call(route)) as unknown as Record<string, string>[];
    return [...new Set(found.map((one) => one[by]!))];
  } catch {
    return [];
  }
}
