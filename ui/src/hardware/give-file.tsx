// Gives the admin node a file of a vendor: chosen, held against the digest that the vendor tells where one is known, and followed while it is sent.

import { Button, Progress } from '@patternfly/react-core';
import { useState } from 'react';
import { useUpload } from '../api/upload.ts';
import { LineField } from '../parts/fields.tsx';
import { FilesField } from '../parts/files-field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { diskText } from '../parts/words.ts';
import { Offer } from '../parts/offer.tsx';

export function GiveFile() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Offer act="POST /firmware-files">
        <Button variant="primary" size="sm" onClick={() => setOpen(true)}>
          Give it a file…
        </Button>
      </Offer>
      {open && <GiveDialog close={() => setOpen(false)} />}
    </>
  );
}

const isDigest = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

function GiveDialog({ close }: { close: () => void }) {
  const [files, setFiles] = useState<File[]>([]);
  const [digest, setDigest] = useState('');
  const upload = useUpload('POST /firmware-files');
  const [file] = files;
  const act = () => {
    if (file) upload.mutate({ query: { name: file.name, ...(digest && { sha256: digest }) }, file }, { onSuccess: close });
  };
  return (
    <FormDialog
      title="Give it a file with firmware"
      description="It is signed and kept by its digest; proposals of the barclamp firmware name it by that. Board controllers get it from the admin node and from nowhere else."
      act="Send"
      complete={file !== undefined && (digest === '' || isDigest(digest))}
      pending={upload.isPending}
      error={upload.error}
      onAct={act}
      close={close}
    >
      <FilesField id="firmware-file" label="File of the vendor" help="As it comes, not unpacked." files={files} change={setFiles} />
      <LineField
        id="firmware-digest"
        label="SHA-256"
        value={digest}
        change={(text) => setDigest(text.trim().toLowerCase())}
        valid={digest === '' || isDigest(digest)}
        help="As the vendor tells it: anything else is refused. Nothing: it is only computed."
      />
      {upload.isPending && file && (
        <Progress
          size="sm"
          aria-label="Sent"
          value={file.size ? Math.floor((100 * upload.sent) / file.size) : 0}
          label={`${diskText(Math.min(upload.sent, file.size))} of ${diskText(file.size)}`}
        />
      )}
    </FormDialog>
  );
}
