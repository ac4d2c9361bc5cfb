// prybar ca … Who signed the certificate of the web page, and how browsers are told to trust it.

import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { show } from './output.ts';

export function authorityCommands(program: Command, { client, output }: Cli): void {
  program
    .command('ca')
    .description("the authority of this admin node's web page over HTTPS")
    .command('show')
    .description('its certificate, and how to trust it')
    .option('--pem', 'the certificate alone')
    .action(async ({ pem }: { pem?: boolean }) => {
      const authority = await client().call('GET /certificate-authority');
      show(output, authority, () =>
        pem
          ? authority.pem.trim()
          : [
              authority.pem.trim(),
              `SHA-256 ${authority.fingerprint}`,
              authority.url ? `The page: ${authority.url}` : 'The page is served on this machine only; over HTTPS with --https PORT.',
              '',
              'To trust it, save it (prybar ca show --pem > prybar.crt, or from /ca.pem of the page), compare the SHA-256 above, then',
              '  Debian, Ubuntu   cp prybar.crt /usr/local/share/ca-certificates/ && update-ca-certificates',
              '  Fedora, RHEL     cp prybar.crt /etc/pki/ca-trust/source/anchors/ && update-ca-trust',
              '  macOS            security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db prybar.crt',
              '  Windows          certutil -user -addstore Root prybar.crt',
              '  Firefox          Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import',
              '  Chrome on Linux  Settings, Privacy and security, Security, Manage certificates, Custom, Trusted certificates, Import',
            ].join('\n'),
      );
    });
}
