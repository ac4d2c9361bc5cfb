// Has an image built: what it is called, and what is in it beside what every image has. How far it is shows on the page of the images.

import { Alert, Button, Checkbox, FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState } from 'react';
import type { Body } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { isName, LineField, namesIn } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';

export function BuildImage() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
        Build an image…
      </Button>
      {open && <BuildDialog close={() => setOpen(false)} />}
    </>
  );
}

type Recipe = Required<Body<'POST /images'>>;
type Component = Recipe['components'][number];
type Architecture = Recipe['architecture'];

const components: readonly (readonly [Component, string])[] = [
  ['non-free-firmware', 'non-free-firmware: what network cards and controllers load'],
  ['contrib', 'contrib'],
  ['non-free', 'non-free'],
];
const architectures: Record<Architecture, string> = { amd64: 'amd64', arm64: 'arm64: made by emulation, which takes longer' };
/** As the admin node calls them. */
const usualNames: Record<Architecture, string> = { amd64: 'debian-12', arm64: 'debian-12-arm64' };
const isPackage = (text: string): boolean => /^[a-z0-9][a-z0-9+.-]{1,99}$/.test(text);

function BuildDialog({ close }: { close: () => void }) {
  const [typed, setTyped] = useState('');
  const [packages, setPackages] = useState('');
  const [chosen, setChosen] = useState<Component[]>([]);
  const [architecture, setArchitecture] = useState<Architecture>('amd64');
  const images = useAnswer('GET /images', {});
  const build = useAct('POST /images');
  const name = typed || usualNames[architecture];
  const wrong = namesIn(packages).filter((one) => !isPackage(one));
  const act = () => build.mutate({ body: { name, packages: namesIn(packages), components: ['main', ...chosen], architecture } }, { onSuccess: close });
  return (
    <FormDialog
      title="Build an image"
      description="A Debian that starts on BIOS and UEFI. It takes a few minutes, and Debian's archive must be reached."
      act="Build"
      complete={isName(name) && wrong.length === 0}
      pending={build.isPending}
      error={build.error}
      onAct={act}
      close={close}
    >
      <LineField
        id="image-name"
        label="Name"
        value={typed}
        change={(text) => setTyped(text.trim())}
        valid={isName(name)}
        help={`By it the settings of os-install choose an image. Nothing: ${usualNames[architecture]}.`}
      />
      {images.data?.some((image) => image.name === name) && (
        <Alert isInline variant="info" component="p" title={`There is a ${name} already`}>
          Machines that are installed by this name get the new one from then on. Those that are installed keep their systems.
        </Alert>
      )}
      <LineField
        id="image-packages"
        label="Packages"
        value={packages}
        change={setPackages}
        valid={wrong.length === 0}
        help={
          wrong.length > 0 ? `${wrong.join(', ')}: no name of a Debian package.` : 'Debian packages to bake in beyond those of every image, as jq, tcpdump.'
        }
      />
      <FormGroup label="Parts of Debian beside main" role="group" isStack>
        {components.map(([component, words]) => (
          <Checkbox
            key={component}
            id={`image-${component}`}
            label={words}
            isChecked={chosen.includes(component)}
            onChange={(_, on) => setChosen(on ? [...chosen, component] : chosen.filter((one) => one !== component))}
          />
        ))}
      </FormGroup>
      <FormGroup label="For processors" fieldId="image-architecture">
        <FormSelect id="image-architecture" value={architecture} onChange={(_, one) => setArchitecture(one as Architecture)}>
          {Object.entries(architectures).map(([one, words]) => (
            <FormSelectOption key={one} value={one} label={words} />
          ))}
        </FormSelect>
      </FormGroup>
    </FormDialog>
  );
}
