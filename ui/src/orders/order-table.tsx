// Orders of servers, each a row that opens to its servers with the time of each step, what keeps it, and giving it back.

import { Button, Checkbox, ClipboardCopy, List, ListItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { Link } from 'react-router';
import type { OrderView } from '../../../core/api/contract.ts';
import { useAct } from '../api/queries.ts';
import { Confirm } from '../parts/confirm.tsx';
import { OpeningRow, useOpenRow } from '../parts/opening-row.tsx';
import { ProblemList } from '../parts/problem-list.tsx';
import { Duration, Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';
import { isOver, OrderMark } from './order-states.tsx';
import { Offer } from '../parts/offer.tsx';

export function OrderTable({ orders }: { orders: readonly OrderView[] }) {
  const rows = useOpenRow('order');
  const [leaving, setLeaving] = useState<OrderView>();
  return (
    <>
      <Table variant="compact" aria-label="Orders" gridBreakPoint="grid-md">
        <Thead>
          <Tr>
            <Th screenReaderText="Its servers" />
            <Th>Order</Th>
            <Th>State</Th>
            <Th>Servers</Th>
            <Th>Of the pool</Th>
            <Th>By</Th>
            <Th>Placed</Th>
            <Th>Ready after</Th>
            <Th screenReaderText="Actions" />
          </Tr>
        </Thead>
        {orders.map((order, rowIndex) => {
          const { id, state, servers, request, by, at, readyAt } = order;
          return (
            <OpeningRow key={id} id={id} rowIndex={rowIndex} rows={rows} columns={8} more={() => <OrderDetails order={order} />}>
              <Td dataLabel="Order" className="pb-mono">
                {id}
              </Td>
              <Td dataLabel="State">
                <OrderMark state={state} />
              </Td>
              <Td dataLabel="Servers" modifier="nowrap">
                {servers.length} of {request.count}
              </Td>
              <Td dataLabel="Of the pool">
                {request.pool}
                {request.where && <div className="pb-subtle">{request.where}</div>}
              </Td>
              <Td dataLabel="By">{by}</Td>
              <Td dataLabel="Placed" modifier="nowrap">
                <Time at={at} />
              </Td>
              <Td dataLabel="Ready after" modifier="nowrap">
                {readyAt !== undefined && <Duration from={at} to={readyAt} />}
              </Td>
              <Td dataLabel="Actions" modifier="nowrap">
                {!isOver(state) && state !== 'leaving' && (
                  <Offer act="POST /orders/:id/release">
                    <Button variant="link" isInline isDanger onClick={() => setLeaving(order)}>
                      {servers.length ? 'Give back' : 'Cancel'}
                      <span className="pf-v6-u-screen-reader"> {id}</span>…
                    </Button>
                  </Offer>
                )}
              </Td>
            </OpeningRow>
          );
        })}
      </Table>
      {leaving && <GiveBack order={leaving} close={() => setLeaving(undefined)} />}
    </>
  );
}

function OrderDetails({ order }: { order: OrderView }) {
  const { servers, request, missing, problems, at, deployment, state } = order;
  const { image, roles, names, keys } = request;
  const wanted = [
    image && `image ${image}`,
    roles.length > 0 && `roles ${roles.join(', ')}`,
    names && `called ${names}`,
    keys.length > 0 && `opened by ${counted(keys.length, 'key')}`,
  ].filter(Boolean);
  return (
    <div className="pb-section">
      {wanted.length > 0 && <p className="pb-subtle">With {wanted.join('; ')}.</p>}
      {missing !== undefined && missing > 0 && (
        <p>
          {missing === 1 ? 'One more free machine is' : `${missing} more free machines are`} needed in the pool {request.pool}: let one in, or give one back.
        </p>
      )}
      <ProblemList problems={problems} />
      {servers.length > 0 && (
        <Table variant="compact" aria-label={`Servers of ${order.id}`} gridBreakPoint="grid-md" borders={false}>
          <Thead>
            <Tr>
              <Th>Server</Th>
              <Th>Address</Th>
              <Th>Way</Th>
              <Th>Allocated after</Th>
              <Th>Installed after</Th>
              <Th>Ready after</Th>
              <Th>Credentials</Th>
            </Tr>
          </Thead>
          <Tbody>
            {servers.map((server) => (
              <Tr key={server.nodeId}>
                <Td dataLabel="Server">{isOver(state) ? server.name : <Link to={`/nodes/${server.name}`}>{server.name}</Link>}</Td>
                <Td dataLabel="Address" className="pb-number">
                  {server.addresses?.['admin']}
                </Td>
                <Td dataLabel="Way">{server.path === 'fast' ? 'had its system already' : 'is installed'}</Td>
                {[server.allocatedAt, server.installedAt, server.readyAt].map((step, index) => (
                  <Td key={index} dataLabel={['Allocated after', 'Installed after', 'Ready after'][index]!} modifier="nowrap">
                    {step !== undefined && <Duration from={at} to={step} />}
                  </Td>
                ))}
                <Td dataLabel="Credentials">
                  {server.sealed && (
                    <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel={`Sealed credentials of ${server.name}`}>
                      {server.sealed}
                    </ClipboardCopy>
                  )}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {servers.length > 0 && !isOver(state) && (
        <p className="pb-subtle">
          What is done on them, and why something is not, is in its deployment <Link to={`/deployments/${deployment}`}>{deployment}</Link>.
        </p>
      )}
    </div>
  );
}

function GiveBack({ order: { id, servers }, close }: { order: OrderView; close: () => void }) {
  const [erase, setErase] = useState(true);
  const release = useAct('POST /orders/:id/release');
  const cancel = servers.length === 0;
  return (
    <Confirm
      title={cancel ? `Cancel the order ${id}?` : `Give the order ${id} back?`}
      act={cancel ? 'Cancel the order' : 'Give it back'}
      pending={release.isPending}
      error={release.error}
      onAct={() => release.mutate({ params: { id }, body: { erase: !cancel && erase } }, { onSuccess: close })}
      close={close}
    >
      {cancel ? (
        <p>It waits for machines, and has none yet: nothing is lost.</p>
      ) : (
        <>
          <p>These machines are retired: their roles are undone, and they are forgotten.</p>
          <List aria-label="Retired">
            {servers.map(({ nodeId, name }) => (
              <ListItem key={nodeId}>{name}</ListItem>
            ))}
          </List>
          <Checkbox
            id="order-erase"
            label="Erase their disks, with certificates"
            description="Otherwise whoever gets them next finds what is on them now."
            isChecked={erase}
            onChange={(_, on) => setErase(on)}
          />
        </>
      )}
    </Confirm>
  );
}
