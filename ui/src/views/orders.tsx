// Servers that people and programs ordered: how far each order is, placing one, and giving one back.

import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection, Skeleton } from '@patternfly/react-core';
import ServerIcon from '@patternfly/react-icons/dist/esm/icons/server-icon';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { OrderTable } from '../orders/order-table.tsx';
import { PlaceOrder } from '../orders/place-order.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ProblemList, Unread } from '../parts/problem-list.tsx';

export function OrdersPage() {
  const session = useAnswer('GET /session', {});
  const { ofSite, mayAct } = useOwnSession();
  const may = ofSite && mayAct;
  const orders = useAnswer('GET /orders', {}, { enabled: may });
  const [placing, setPlacing] = useState(false);
  const [, setSearch] = useSearchParams();
  const order = <Button onClick={() => setPlacing(true)}>Order servers…</Button>;
  const some = orders.data !== undefined && orders.data.length > 0;
  return (
    <>
      <PageTitle title="Orders" actions={some && order}>
        So many servers of a pool, from free machines to ready ones, without a hand. Programs order by POST /api/v1/orders.
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Unread of={orders} />
        {session.data && !may && (
          <ProblemList
            problems={[{ severity: 'warning', summary: 'Orders are for operators of the whole site.', next: 'Ask one of them to order servers for you.' }]}
          />
        )}
        {may && orders.isPending && <Skeleton height="12rem" screenreaderText="Reading the orders" />}
        {orders.data?.length === 0 && (
          <EmptyState titleText="Nothing was ordered yet" headingLevel="h2" icon={ServerIcon} variant="sm">
            <EmptyStateBody>
              An order takes free machines of a pool, gives them a system and roles, and hands them over to your keys. Put machines into a pool first, “spare”
              say; those whose deployment installs them already are ready soonest.
            </EmptyStateBody>
            <EmptyStateFooter>
              <EmptyStateActions>{order}</EmptyStateActions>
            </EmptyStateFooter>
          </EmptyState>
        )}
        {some && <OrderTable orders={orders.data} />}
        {placing && (
          <PlaceOrder
            close={() => setPlacing(false)}
            done={(id) => {
              setPlacing(false);
              setSearch({ order: id });
            }}
          />
        )}
      </PageSection>
    </>
  );
}
