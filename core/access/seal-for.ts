// Sealing for somebody else: what leaves here can be read with their key alone, and not by us any more. By age (age-encryption.org), which takes the
// SSH keys that people have.

import { spawn } from 'node:child_process';
import { bad, type Checked, ok, problem } from '../model/problem.ts';

/** The text as age armours it (PEM-like). Problems: the recipient is no key that age takes, or age is not installed. */
export function sealFor(recipient: string, text: string): Promise<Checked<string>> {
  return new Promise((resolve) => {
    const child = spawn('age', ['--encrypt', '--armor', '--recipient', recipient], { stdio: ['pipe', 'pipe', 'pipe'] });
    let sealed = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (sealed += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
    child.once('error', () => resolve(bad(problem('Credentials are sealed by age, which is not installed.', undefined, 'apt-get install age'))));
    child.once('close', (status) =>
      resolve(
        status === 0
          ? ok(sealed)
          : bad(
              problem(
                `Nothing can be sealed for this key: ${complaint.split('\n')[0]}`,
                { pointer: '/sealFor' },
                'Give an SSH key (Ed25519 or RSA), or age1….',
              ),
            ),
      ),
    );
    // It may have ended before it read anything.
    child.stdin.on('error', () => {});
    child.stdin.end(text);
  });
}
