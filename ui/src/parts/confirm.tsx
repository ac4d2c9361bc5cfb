// Asks before something is lost: what will happen, the act in its own word, and the way out. A refusal is shown where the act was asked for.

import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';
import { Refusal } from './problem-list.tsx';

type ConfirmProps = {
  title: string;
  /** The word on the button. */
  act: string;
  /** What loses nothing is no danger; it is asked because more is needed, or because it goes far. */
  harmless?: boolean;
  pending: boolean;
  disabled?: boolean;
  error: unknown;
  onAct: () => void;
  close: () => void;
  children: ReactNode;
};

export function Confirm({ title, act, harmless = false, pending, disabled = false, error, onAct, close, children }: ConfirmProps) {
  const id = useId();
  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby={id}>
      <ModalHeader title={title} {...(!harmless && { titleIconVariant: 'warning' as const })} labelId={id} />
      <ModalBody className="pb-section" tabIndex={0}>
        {children}
        <Refusal error={error} />
      </ModalBody>
      <ModalFooter>
        <Button variant={harmless ? 'primary' : 'danger'} isDisabled={pending || disabled} isLoading={pending} onClick={onAct}>
          {act}
        </Button>
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
