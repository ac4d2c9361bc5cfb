// Tries an OpenID provider before anybody has to sign in through it: does it answer, does it do what is needed here, does it know this admin
// node and its secret, and will it send people back. Nobody is signed in by that.

import * as oidc from 'openid-client';
import type { OpenIdSettings } from '../model/open-id.ts';
import { problem, type Problem, warning } from '../model/problem.ts';
import { discover } from './open-id.ts';

const PATIENCE_MS = 10_000;

type Tried = { good: string[]; problems: Problem[] };
type Client = Pick<OpenIdSettings, 'issuer' | 'clientId' | 'scopes'>;

export async function tryProvider(client: Client, secret: string | undefined, redirect: string): Promise<Tried> {
  const tried: Tried = { good: [], problems: [] };
  let provider: oidc.Configuration;
  try {
    provider = await discover(client, secret);
  } catch (error) {
    return { good: [], problems: [whyNotFound(error, client.issuer)] };
  }
  tried.good.push(`${client.issuer} answers, and says how people sign in there.`);
  lookAtWhatItDoes(provider, client, tried);
  await comeBack(provider, client, redirect, tried);
  await identify(provider, redirect, secret !== undefined, tried);
  return tried;
}

/** By the codes of openid-client and of Node; all that is known of it stands in the detail. */
function whyNotFound(error: unknown, issuer: string): Problem {
  const chain: { code?: unknown; message?: string; cause?: unknown }[] = [];
  for (let at = error; at instanceof Error && chain.length < 5; at = at.cause) chain.push(at);
  const codes = chain.map(({ code }) => String(code ?? ''));
  const where = { pointer: '/issuer' };
  const host = new URL(issuer).host;
  const because = (summary: string, next: string): Problem => ({
    ...problem(summary, where, next),
    detail: chain
      .map(({ message }) => message)
      .join(': ')
      .slice(0, 500),
  });
  const has = (...wanted: string[]) => codes.some((code) => wanted.includes(code));
  if (has('ENOTFOUND', 'EAI_AGAIN')) return because(`Nobody knows the name ${host}.`, 'Check how it is written, and the name servers of the admin node.');
  if (has('ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET', 'UND_ERR_SOCKET'))
    return because(`Nobody answers at ${host}.`, 'Is it running, and does the admin node reach it?');
  if (has('OAUTH_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'))
    return because(`${host} does not answer in time.`, 'Does a firewall between the admin node and it swallow packets?');
  if (codes.some((code) => code.includes('CERT') || code.includes('SIGNATURE') || code.startsWith('ERR_TLS')))
    return because(
      `The certificate of ${host} cannot be trusted.`,
      'If an authority of your own signed it, start the admin node with NODE_EXTRA_CA_CERTS=FILE, or renew the certificate.',
    );
  if (has('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'))
    return because('The provider calls itself by another name than this issuer.', 'Copy the issuer as the provider gives it, to the last slash.');
  return because(
    `There is no OpenID provider at ${issuer}.`,
    `It must answer at ${issuer.replace(/\/$/, '')}/.well-known/openid-configuration. Some have a path after their name: https://sso.example.org/realms/main.`,
  );
}

function lookAtWhatItDoes(provider: oidc.Configuration, { scopes }: Client, { good, problems }: Tried): void {
  const says = provider.serverMetadata();
  if (says.response_types_supported && !says.response_types_supported.includes('code'))
    problems.push(problem('The provider does not do the authorization code flow.', { pointer: '/issuer' }, 'Allow it there: no other is used here.'));
  const challenges = says.code_challenge_methods_supported;
  if (challenges?.includes('S256')) good.push('It does PKCE with SHA-256.');
  else if (challenges) problems.push(warning('The provider does not do PKCE with SHA-256.', { pointer: '/issuer' }, 'Allow it there if it can be.'));
  const unknown = says.scopes_supported ? scopes.filter((scope) => !says.scopes_supported!.includes(scope)) : [];
  if (unknown.length)
    problems.push(warning(`It does not list the scope ${unknown.join(', ')}.`, { pointer: '/scopes' }, 'Leave it out, unless you know that it is given.'));
}

/**
 * Asks to sign nobody in (`prompt=none`, OpenID Connect Core 3.1.2.1): a provider that knows the client and the address answers there that nobody
 * is signed in; one that does not must not send anybody there (RFC 6749, 4.1.2.1).
 */
async function comeBack(provider: oidc.Configuration, { scopes }: Client, redirect: string, { good, problems }: Tried): Promise<void> {
  const url = oidc.buildAuthorizationUrl(provider, {
    redirect_uri: redirect,
    scope: ['openid', ...scopes].join(' '),
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    prompt: 'none',
  });
  const where = { pointer: '/clientId' };
  const answer = await fetch(url.href, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) }).catch((error: Error) => error);
  if (answer instanceof Error) return void problems.push(problem(`Its sign-in page at ${url.host} does not answer.`, { pointer: '/issuer' }, answer.message));
  await answer.body?.cancel();
  const to = URL.parse(answer.headers.get('location') ?? '', url.href);
  if (to?.href.startsWith(redirect)) {
    const refused = to.searchParams.get('error') ?? '';
    if (['login_required', 'interaction_required', 'consent_required', 'account_selection_required'].includes(refused) || to.searchParams.has('code'))
      return void good.push(`It knows this admin node, and sends people back to ${redirect}.`);
    return void problems.push(
      problem(
        `The provider refuses what it is asked for: ${to.searchParams.get('error_description') ?? refused}.`,
        refused === 'invalid_scope' ? { pointer: '/scopes' } : where,
        'Change it here, or allow it there.',
      ),
    );
  }
  if (answer.status >= 400)
    return void problems.push(
      problem('The provider does not know this client, or not the address that people come back to.', where, `Enter there, to the letter: ${redirect}`),
    );
  problems.push(
    warning('Whether people are sent back could not be found out: the provider did not say.', where, `Make sure that it has this address: ${redirect}`),
  );
}

/** Shows it a code that it never gave: only after it has accepted the client does it say that the code is none (RFC 6749, 5.2). */
async function identify(provider: oidc.Configuration, redirect: string, withSecret: boolean, { good, problems }: Tried): Promise<void> {
  try {
    await oidc.genericGrantRequest(provider, 'authorization_code', {
      code: oidc.randomState(),
      redirect_uri: redirect,
      code_verifier: oidc.randomPKCECodeVerifier(),
    });
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant')
      return void good.push(withSecret ? 'It accepts the client and its secret.' : 'It accepts the client without a secret.');
    const refused = error instanceof oidc.WWWAuthenticateChallengeError || (error instanceof oidc.ResponseBodyError && error.error === 'invalid_client');
    const found = refused
      ? problem(
          withSecret ? 'The provider does not accept the client with this secret.' : 'The provider does not accept the client without a secret.',
          { pointer: '/clientSecret' },
          'Copy the client and its secret once more; a client of its kind must be confidential, with a secret that is sent in the request (client_secret_post).',
        )
      : problem('The provider does not say whether it accepts the client.', { pointer: '/clientSecret' }, 'Look into its log.');
    problems.push({ ...found, detail: (error as Error).message });
  }
}
