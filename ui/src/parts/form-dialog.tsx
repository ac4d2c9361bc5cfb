// A dialog that asks for a few things and then acts. Enter in a field is the act; a refusal is shown under the fields.

import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';
import { Refusal } from './problem-list.tsx';

type FormDialogProps = {
  title: string;
  description?: string;
  act: string;
  complete: boolean;
  pending: boolean;
  error: unknown;
  onAct: () => void;
  close: () => void;
  children: ReactNode;
};

export function FormDialog({ title, description, act, complete, pending, error, onAct, close, children }: FormDialogProps) {
  const id = useId();
  const form = useId();
  return (
    <Modal variant="small" isOpen onClose={close} aria-labelledby={id}>
      <ModalHeader title={title} labelId={id} {...(description && { description })} />
      <ModalBody tabIndex={0}>
        <Form
          id={form}
          onSubmit={(event) => {
            event.preventDefault();
            if (complete && !pending) onAct();
          }}
        >
          {children}
          <Refusal error={error} />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={form} isDisabled={!complete || pending} isLoading={pending}>
          {act}
        </Button>
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
