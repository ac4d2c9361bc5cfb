// Installs barclamps from packages of their authors, or newer versions of those there are: chosen, looked at by the admin node, and only then let in.

import { Button, Checkbox, Label } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { InstalledView } from '../../../core/api/contract.ts';
import { Refused } from '../api/client.ts';
import { useAct } from '../api/queries.ts';
import { FilesField } from '../parts/files-field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { counted } from '../parts/words.ts';
import { LintResult } from './lint-result.tsx';
import { base64Of, withFileNames } from './packages.ts';
import { Offer } from '../parts/offer.tsx';

export function InstallBarclamps({ word }: { word: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Offer act="POST /barclamps">
        <Button variant="primary" size="sm" onClick={() => setOpen(true)}>
          {word}…
        </Button>
      </Offer>
      {open && <InstallDialog close={() => setOpen(false)} />}
    </>
  );
}

function InstallDialog({ close }: { close: () => void }) {
  const [files, setFiles] = useState<File[]>([]);
  const [allowUnsigned, setAllowUnsigned] = useState(false);
  const [seen, setSeen] = useState<InstalledView[]>();
  const read = useMutation({ mutationFn: () => Promise.all(files.map(base64Of)) });
  const ask = useAct('POST /barclamps');
  const navigate = useNavigate();
  // What was seen is of what was asked then.
  const anew = () => {
    setSeen(undefined);
    read.reset();
    ask.reset();
  };
  const act = () =>
    read.mutate(undefined, {
      onSuccess: (packages) => {
        const body = { packages, allowUnsigned, dryRun: seen === undefined };
        ask.mutate({ body }, { onSuccess: (views) => (seen ? done(views) : setSeen(views)) });
      },
    });
  const done = (views: InstalledView[]) => {
    close();
    void navigate(views.length === 1 ? `/barclamps/${views[0]!.name}` : '/barclamps');
  };
  const refused = ask.error instanceof Refused ? new Refused(ask.error.status, withFileNames(ask.error.problems, files)) : ask.error;
  return (
    <FormDialog
      title="Install barclamps"
      description="Packages as “prybar barclamp pack” makes them: new ones, or other versions of those there are. All of them or none."
      act={seen ? 'Install' : 'Look at it'}
      complete={files.length > 0}
      pending={read.isPending || ask.isPending}
      error={read.error ?? refused}
      onAct={act}
      close={close}
    >
      <FilesField
        id="packages"
        label="Packages"
        help="Files that end in .tar.zst."
        several
        files={files}
        change={(chosen) => {
          setFiles(chosen);
          anew();
        }}
      />
      <Checkbox
        id="packages-unsigned"
        label="Let in what no trusted key has signed"
        description="What a barclamp holds is run as root on machines: only where you know whom it is from."
        isChecked={allowUnsigned}
        onChange={(_, checked) => {
          setAllowUnsigned(checked);
          anew();
        }}
      />
      {seen && (
        <ul className="pb-section" aria-label="What would be installed">
          {seen.map((one) => (
            <li key={one.name} className="pb-section">
              <Effect of={one} />
            </li>
          ))}
        </ul>
      )}
    </FormDialog>
  );
}

function Effect({ of: { name, version, from, signedBy, usedBy, migrated, lint } }: { of: InstalledView }) {
  const change = from === undefined ? 'is new' : from === version ? 'is there in this version, and is replaced' : `takes the place of ${from}`;
  return (
    <>
      <p>
        <strong>
          {name} {version}
        </strong>{' '}
        {change}.{' '}
        <Label isCompact variant="outline" {...(!signedBy && { color: 'orange' as const })}>
          {signedBy ? 'signed by a trusted key' : 'not signed by a trusted key'}
        </Label>
      </p>
      {usedBy.length > 0 && (
        <p className="pb-subtle">
          {counted(usedBy.length, 'proposal')} {usedBy.length === 1 ? 'uses' : 'use'} it ({usedBy.join(', ')}): what it does otherwise than before is done anew
          on their machines.
        </p>
      )}
      {migrated.map(({ proposal, by }) => (
        <p key={proposal} className="pb-subtle">
          The settings of {proposal} are brought to it by {by.join(', ')}.
        </p>
      ))}
      <LintResult lint={lint} />
    </>
  );
}
