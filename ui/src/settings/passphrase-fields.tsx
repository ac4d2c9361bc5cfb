// A new passphrase, typed twice, and names of users: checked as they are typed.

import { useState } from 'react';
import { LineField } from '../parts/fields.tsx';

const SHORTEST = 12;

export const isUserName = (text: string): boolean => /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(text);

export function UserNameField({ id, value, change }: { id: string; value: string; change: (name: string) => void }) {
  return (
    <LineField
      id={id}
      label="Name"
      value={value}
      change={(text) => change(text.trim().toLowerCase())}
      valid={value === '' || isUserName(value)}
      help="Lower-case letters and digits, with “.”, “_”, “@” and “-” within."
      required
    />
  );
}

export type TypedPassphrase = { text: string; again: string; setText: (text: string) => void; setAgain: (text: string) => void; complete: boolean };

export function usePassphrase(): TypedPassphrase {
  const [text, setText] = useState('');
  const [again, setAgain] = useState('');
  return { text, again, setText, setAgain, complete: text.length >= SHORTEST && text === again };
}

export function NewPassphrase({ id, of: { text, again, setText, setAgain } }: { id: string; of: TypedPassphrase }) {
  const short = text !== '' && text.length < SHORTEST;
  const differs = again !== '' && again !== text;
  return (
    <>
      <LineField
        id={`${id}-passphrase`}
        label="New passphrase"
        type="password"
        value={text}
        change={setText}
        valid={!short}
        help={
          short
            ? `${SHORTEST - text.length} more: it has at least ${SHORTEST} characters.`
            : `At least ${SHORTEST} characters: four words that nobody expects will do.`
        }
        required
      />
      <LineField
        id={`${id}-again`}
        label="The same again"
        type="password"
        value={again}
        change={setAgain}
        valid={!differs}
        help={differs ? 'The two are not the same.' : 'So that a slip does not lock you out.'}
        required
      />
    </>
  );
}
