// Which interface of the admin node machines could be connected to: what is known of each, one of them chosen, and how Prybar is started with it.

import { CodeBlock, CodeBlockCode, FormGroup, Radio, Skeleton } from '@patternfly/react-core';
import { useState } from 'react';
import { useAnswer } from '../api/queries.ts';
import { Unread } from '../parts/problem-list.tsx';
import { howToServe, mostLikely, objectionTo, wordsOf } from './interfaces.ts';

/** Cables are plugged in while this is looked at, and nothing tells the page of it. */
const lookEveryMs = 4000;

export function Interfaces() {
  const read = useAnswer('GET /interfaces', {}, { everyMs: lookEveryMs });
  const [chosen, setChosen] = useState<string>();
  if (!read.data)
    return (
      <>
        <Unread of={read} />
        {/* As high as what one interface and its line take, so that the steps below stay where they are. */}
        {read.isPending && <Skeleton className="pb-guide__waiting" screenreaderText="Reading the interfaces" />}
      </>
    );
  const of = read.data.find(({ name }) => name === chosen) ?? mostLikely(read.data);
  const objection = of && objectionTo(of);
  return (
    <>
      <FormGroup role="radiogroup" label="Interfaces of the admin node" fieldId="interfaces" isStack>
        {read.data.map((one) => (
          <Radio
            key={one.name}
            id={`interface-${one.name}`}
            name="interface"
            label={one.name}
            description={wordsOf(one)}
            isChecked={one.name === of?.name}
            onChange={() => setChosen(one.name)}
          />
        ))}
      </FormGroup>
      {!of && <p>None of them is free for machines: add a network card, or a VLAN that leads to them.</p>}
      {objection && <p>{objection}</p>}
      <CodeBlock>
        <CodeBlockCode>{howToServe(of)}</CodeBlockCode>
      </CodeBlock>
    </>
  );
}
