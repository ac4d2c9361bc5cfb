// Which keys mean something, in one place. It is opened from the menu of who is signed in and has no key of its own: one letter alone would be typed by
// accident, and by who speaks to the computer (WCAG 2.2, 2.1.4).

import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { apple } from './palette-button.tsx';
import './keys-dialog.css';

const keys: readonly (readonly [keys: readonly string[], means: string])[] = [
  [[apple ? '⌘ K' : 'Ctrl K'], 'Go to anything, or do something to a machine'],
  [['Tab', 'Shift Tab'], 'To the next, to the one before'],
  [['↑', '↓', '←', '→'], 'From machine to machine, from tab to tab of a page, through menus and time'],
  [['Home', 'End', 'Page ↑', 'Page ↓'], 'To the first and last of a row of machines, or a windowful on'],
  [['Ctrl Home', 'Ctrl End'], 'To the first and the last of all machines'],
  [['Space'], 'While choosing: takes a machine; with Shift also all between it and the one before'],
  [['Enter'], 'Opens, presses; in a dialog: does it'],
  [['Esc'], 'Closes a menu, a dialog or the panel of a node-role'],
  [['Ctrl ]', 'Ctrl F6'], "Out of a machine's console, which takes all other keys"],
];

export function KeysDialog({ close }: { close: () => void }) {
  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby="keys-title">
      <ModalHeader title="Keys" labelId="keys-title" description="Everything can be done with the keyboard alone; these save steps." />
      <ModalBody tabIndex={0}>
        <dl className="pb-keys">
          {keys.map(([names, means]) => (
            <div key={means}>
              <dt>
                {names.map((name) => (
                  <kbd key={name}>{name}</kbd>
                ))}
              </dt>
              <dd>{means}</dd>
            </div>
          ))}
        </dl>
      </ModalBody>
      <ModalFooter>
        <Button onClick={close}>Close</Button>
      </ModalFooter>
    </Modal>
  );
}
