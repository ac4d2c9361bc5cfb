// A real OpenID provider on this machine, for tests. It asks nobody for a password: whoever comes is `present`.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export type Person = { groups: string[]; tenant?: string; preferred_username: string };

export type Provided = { issuer: string; people: Record<string, Person>; present: { id: string }; server: Server; close(): void };

/** `back`: where its only client, `prybar` with the secret `a secret of the client`, has people sent back to. */
export async function startProvider(back: string): Promise<Provided> {
  const people: Record<string, Person> = {};
  const present = { id: '' };
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'prybar', client_secret: 'a secret of the client', redirect_uris: [back] }],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups', 'tenant'], email: ['email'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['for this test'] },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({ clientId: 'prybar', accountId: context.oidc.session!.accountId! });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/'))
      provider.interactionFinished(request, response, { login: { accountId: present.id, remember: false } }).catch((error: Error) => response.destroy(error));
    else void answer(request, response);
  });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { issuer, people, present, server, close };
}
