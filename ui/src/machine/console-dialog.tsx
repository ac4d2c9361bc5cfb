// The serial console of a machine, through its BMC: what it says, and what is typed to it. The console is held as long as the dialog is open.

import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { Problem } from '../../../core/model/problem.ts';
import { useLive } from '../api/live-context.tsx';
import { ProblemList } from '../parts/problem-list.tsx';
import { openScreen } from './terminal.ts';
import './console-dialog.css';

type State = { kind: 'opening' | 'open' | 'ended' } | { kind: 'refused'; problems: Problem[] };

export function ConsoleDialog({ name, close }: { name: string; close: () => void }) {
  const [state, setState] = useState<State>({ kind: 'opening' });
  const [attempt, setAttempt] = useState(1);
  const way = useRef<HTMLButtonElement>(null);
  const over = state.kind === 'ended' || state.kind === 'refused';
  const again = () => {
    setState({ kind: 'opening' });
    setAttempt(attempt + 1);
  };
  return (
    <Modal
      variant="large"
      isOpen
      onClose={close}
      // Escape in the terminal is the machine's: firmware asks for it.
      onEscapePress={(event) => event.target instanceof Element && !event.target.closest('.pb-console') && close()}
      aria-labelledby="console-title"
      aria-describedby="console-keys"
    >
      <ModalHeader title={`Console of ${name}`} labelId="console-title" />
      <ModalBody>
        <div className="pb-page">
          <p id="console-keys" className="pb-subtle">
            What you type in the terminal goes to the machine, Tab and Escape too. Ctrl+] or Ctrl+F6 leaves the terminal; Escape then closes the console.
          </p>
          <p role="status">
            {state.kind === 'opening' && 'Asking the BMC for the console…'}
            {state.kind === 'open' && 'Open. Where nothing shows, the machine has said nothing yet: press Enter.'}
          </p>
          {state.kind === 'ended' && (
            <Alert isInline variant="warning" title="The console ended." component="p">
              The BMC closed it, or the connection to the admin node broke. What was said stays here until it is opened again.
            </Alert>
          )}
          {state.kind === 'refused' ? <ProblemList problems={state.problems} /> : <Terminal key={attempt} name={name} tell={setState} way={way} />}
        </div>
      </ModalBody>
      <ModalFooter>
        {over && <Button onClick={again}>Open again</Button>}
        <Button ref={way} variant={over ? 'secondary' : 'primary'} onClick={close}>
          Close
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** `way`: where the focus goes when the terminal is left. */
function Terminal({ name, tell, way }: { name: string; tell: (state: State) => void; way: RefObject<HTMLButtonElement | null> }) {
  const live = useLive();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const screen = openScreen(place.current!, {
      label: `Terminal of ${name}`,
      typed: (bytes) => line.type(bytes),
      left: () => way.current?.focus(),
    });
    const line = live.console(name, {
      opened(problems) {
        tell(problems.length ? { kind: 'refused', problems } : { kind: 'open' });
        if (problems.length === 0) screen.focus();
      },
      said: (bytes) => screen.write(bytes),
      ended: () => tell({ kind: 'ended' }),
    });
    return () => {
      line.close();
      screen.close();
    };
  }, [live, name, tell, way]);
  return <div ref={place} className="pb-console" />;
}
