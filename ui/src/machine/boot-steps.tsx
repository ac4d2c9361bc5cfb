// Where a booting machine has come to, as small steps.

import { Tooltip } from '@patternfly/react-core';
import type { Sighting } from '../../../core/api/contract.ts';
import { intoMain } from '../parts/into-main.ts';
import './boot-steps.css';

type Stage = Sighting['stage'];
const stages: { stage: Stage; word: string; means: string }[] = [
  { stage: 'ipxe', word: 'loader', means: 'It has an address, runs the boot loader (iPXE) and asked what to boot.' },
  { stage: 'kernel', word: 'kernel', means: 'It fetches the kernel.' },
  { stage: 'initrd', word: 'system', means: 'It fetches the system it will run from RAM.' },
  { stage: 'inventory', word: 'inventory', means: 'It runs, and reported what it is made of.' },
];

export function BootSteps({ stage }: { stage: Stage }) {
  const at = stages.findIndex((s) => s.stage === stage);
  return (
    <Tooltip appendTo={intoMain} content={stages[at]?.means ?? stage} entryDelay={400}>
      <ol className="pb-boot" aria-label={`Boot: step ${at + 1} of ${stages.length}, ${stages[at]?.word ?? stage}`}>
        {stages.map(({ stage: name, word }, index) => (
          <li key={name} className={index < at ? 'pb-boot__done' : index === at ? 'pb-boot__now' : ''} aria-current={index === at ? 'step' : undefined}>
            {word}
          </li>
        ))}
      </ol>
    </Tooltip>
  );
}
