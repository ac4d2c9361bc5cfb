// Fields that several forms share, each checked as it is typed: names as DNS labels, lists of pools, and lines of text with their help.

import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const isName = (text: string): boolean => dnsLabel.test(text);

/** `a, b` taken apart; a name twice is one. */
export const namesIn = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

type LineFieldProps = {
  id: string;
  label: string;
  value: string;
  change: (value: string) => void;
  help: string;
  valid?: boolean;
  required?: boolean;
  type?: 'text' | 'password';
};

export function LineField({ id, label, value, change, help, valid = true, required = false, type = 'text' }: LineFieldProps) {
  return (
    <FormGroup label={label} isRequired={required} fieldId={id}>
      <TextInput
        id={id}
        type={type}
        value={value}
        onChange={(_, text) => change(text)}
        validated={valid ? 'default' : 'error'}
        aria-describedby={`${id}-help`}
        isRequired={required}
        autoComplete={type === 'password' ? 'new-password' : 'off'}
      />
      <FormHelperText>
        <HelperText>
          <HelperTextItem id={`${id}-help`} variant={valid ? 'default' : 'error'}>
            {help}
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

type NameFieldProps = Pick<LineFieldProps, 'id' | 'label' | 'value' | 'change' | 'help'>;
export const NameField = (props: NameFieldProps) => <LineField {...props} change={(text) => props.change(text.trim())} valid={isName(props.value)} required />;

/** Names of pools, of which there may be none. */
export const PoolsField = (props: NameFieldProps) => <LineField {...props} valid={namesIn(props.value).every(isName)} />;

/** Whose key opens what is sealed for it, as `age` reads it; nothing at all is nobody. */
export const isRecipient = (text: string): boolean => text === '' || /^(ssh-ed25519 |ssh-rsa |age1)\S/.test(text);
export const RecipientField = (props: NameFieldProps) => <LineField {...props} change={(text) => props.change(text.trim())} valid={isRecipient(props.value)} />;
