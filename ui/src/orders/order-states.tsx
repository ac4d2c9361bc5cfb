// How far an order is, as a mark.

import { Label } from '@patternfly/react-core';
import type { OrderState } from '../../../core/model/order.ts';

const marks: Record<OrderState, { status?: 'success' | 'warning' | 'danger' | 'info'; about: string }> = {
  waiting: { status: 'warning', about: 'There are not enough free machines for it yet; it takes them as they come.' },
  working: { status: 'info', about: 'Its machines are installed and given their roles.' },
  failed: { status: 'danger', about: 'Something of it failed. It goes on when that is mended.' },
  ready: { status: 'success', about: 'All of its servers are done.' },
  leaving: { status: 'info', about: 'It is given back: its machines are being retired.' },
  released: { about: 'It was given back, and nothing of it is left.' },
  cancelled: { about: 'It was cancelled before there were machines for it.' },
};

export function OrderMark({ state }: { state: OrderState }) {
  const { status, about } = marks[state];
  return (
    <Label isCompact variant="outline" title={about} {...(status && { status })}>
      {state}
    </Label>
  );
}

export const isOver = (state: OrderState): boolean => state === 'released' || state === 'cancelled';
