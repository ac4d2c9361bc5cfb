// What stands under `secrets:` of a role: `password(32)`, `ssh-keypair`, `x509(name)`, one of each machine as `password(16, node)`,
// `ssh-keypair(node)` and `x509(node)`, or `barclamp.name` for one of another barclamp.

import type { Barclamp } from '../model/barclamp.ts';
import type { Catalog } from '../model/catalog.ts';
import { bad, type Checked, ok, problem, type Problem } from '../model/problem.ts';
import type { SecretDeclaration } from '../model/secret.ts';

const MOST_CHARACTERS = 256;
const LEAST_CHARACTERS = 12;
const PASSWORD_LENGTH = 32;

/** Problems have no place yet: the caller knows it. */
export function readSecret(text: string): Checked<SecretDeclaration> {
  const made = /^([a-z0-9-]+)(?:\(([^()]*)\))?$/.exec(text);
  const reference = /^([a-z][a-z0-9-]*)\.([A-Za-z][A-Za-z0-9_]*)$/.exec(text);
  if (reference) return ok({ kind: 'reference', barclamp: reference[1]!, name: reference[2]! });
  const argument = made?.[2]?.trim();
  switch (made?.[1]) {
    case 'password': {
      const [, digits, node] = /^(\d+)?(?:,? *(node))?$/.exec(argument ?? '') ?? [undefined, argument];
      const length = digits === undefined ? PASSWORD_LENGTH : Number(digits);
      const kind = node ? 'password-of-node' : 'password';
      if (Number.isInteger(length) && length >= LEAST_CHARACTERS && length <= MOST_CHARACTERS) return ok({ kind, length });
      return bad(problem(`"${text}" is no length for a password.`, undefined, `Write password(N) with N from ${LEAST_CHARACTERS} to ${MOST_CHARACTERS}.`));
    }
    case 'ssh-keypair':
      if (argument === undefined) return ok({ kind: 'ssh-keypair' });
      if (argument === 'node') return ok({ kind: 'ssh-keypair-of-node' });
      break;
    case 'x509':
      if (argument === 'node') return ok({ kind: 'x509-of-node' });
      if (argument && /^[A-Za-z0-9.-]{1,64}$/.test(argument)) return ok({ kind: 'x509', commonName: argument });
      break;
    default:
  }
  return bad(
    problem(
      `"${text}" is no secret that can be made.`,
      undefined,
      'Write password(32), ssh-keypair, x509(name), password(32, node), ssh-keypair(node) and x509(node) for one of each machine, or barclamp.name for that of another barclamp.',
    ),
  );
}

/** Secrets of one name are one secret for all roles of a barclamp, and references lead to secrets that are made. */
export function checkSecrets(catalog: Catalog): Problem[] {
  const problems: Problem[] = [];
  for (const barclamp of catalog.barclamps.values()) {
    const file = `${barclamp.name}/barclamp.yml`;
    const seen = new Map<string, string>();
    for (const role of Object.values(barclamp.roles)) {
      if (role.installs && role.secrets.hostKey?.kind !== 'ssh-keypair-of-node')
        problems.push(
          problem(
            `${role.name} installs a system, and says nothing of the host key that it will have.`,
            { file, pointer: `/roles/${role.name}`, role: role.name },
            'Add under secrets: `hostKey: ssh-keypair(node)`, and put that key in place.',
          ),
        );
      for (const [name, declaration] of Object.entries(role.secrets)) {
        const where = { file, pointer: `/roles/${role.name}/secrets/${name}`, role: role.name };
        const form = JSON.stringify(declaration);
        if ((seen.get(name) ?? form) !== form)
          problems.push(problem(`The secret ${name} is declared in two ways.`, where, 'One name is one secret for all roles of a barclamp: declare it alike.'));
        seen.set(name, form);
        if (declaration.kind !== 'reference') continue;
        const other = catalog.barclamps.get(declaration.barclamp);
        const found = other && secretOf(other, declaration.name);
        if (!found)
          problems.push(
            problem(
              `${role.name} names the secret ${declaration.barclamp}.${declaration.name}, which ${other ? 'that barclamp does not declare' : 'is of a barclamp that is not there'}.`,
              where,
              'Check the spelling, or install the barclamp that has it.',
            ),
          );
        else if (found.kind === 'reference')
          problems.push(problem(`${role.name} names a secret that is itself a reference.`, where, 'Name the barclamp that declares how it is made.'));
      }
    }
  }
  return problems;
}

const secretOf = (barclamp: Barclamp, name: string): SecretDeclaration | undefined =>
  Object.values(barclamp.roles).find((role) => role.secrets[name])?.secrets[name];
