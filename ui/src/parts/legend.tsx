// Explains every state name where it is used: a small button that the keyboard reaches too.

import { Button, Popover } from '@patternfly/react-core';
import OutlinedQuestionCircleIcon from '@patternfly/react-icons/dist/esm/icons/outlined-question-circle-icon';
import { type Meaning, StateIcon } from './states.tsx';
import './legend.css';

export function Legend({ title, meanings }: { title: string; meanings: Meaning[] }) {
  return (
    <Popover
      headerContent={title}
      headerComponent="h2"
      appendTo="inline"
      maxWidth="30rem"
      bodyContent={
        <dl className="pb-legend">
          {meanings.map((meaning) => (
            <div key={meaning.word}>
              <dt>
                <StateIcon meaning={meaning} /> {meaning.word}
              </dt>
              <dd>{meaning.means}</dd>
            </div>
          ))}
        </dl>
      }
    >
      <Button variant="plain" size="sm" icon={<OutlinedQuestionCircleIcon />} aria-label={title} />
    </Popover>
  );
}
