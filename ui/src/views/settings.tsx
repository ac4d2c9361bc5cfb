// Who may sign in and how, with what programs come, who shares the site, what is told to others, backups, and how browsers are told to trust the page: one
// tab each.

import { PageSection } from '@patternfly/react-core';
import { Link, useParams } from 'react-router';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { PageTabs } from '../parts/page-tabs.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Backups } from '../settings/backups.tsx';
import { OpenId } from '../settings/open-id.tsx';
import { Sessions } from '../settings/sessions.tsx';
import { Tenants } from '../settings/tenants.tsx';
import { Tokens } from '../settings/tokens.tsx';
import { Trust } from '../settings/trust.tsx';
import { Users } from '../settings/users.tsx';
import { Webhooks } from '../settings/webhooks.tsx';

export function SettingsPage() {
  const { tab = 'sessions' } = useParams();
  const session = useAnswer('GET /session', {});
  const { rulesSite: rules } = useOwnSession();
  const tabs = [
    { id: 'sessions', word: 'Sessions', shown: <Sessions rules={rules} /> },
    { id: 'tokens', word: 'API tokens', shown: <Tokens rules={rules} /> },
    ...(rules
      ? [
          { id: 'users', word: 'Users', shown: <Users /> },
          { id: 'tenants', word: 'Tenants', shown: <Tenants /> },
          { id: 'openid', word: 'OpenID Connect', shown: <OpenId /> },
          { id: 'webhooks', word: 'Webhooks', shown: <Webhooks /> },
          { id: 'backup', word: 'Backup', shown: <Backups /> },
        ]
      : []),
    { id: 'trust', word: 'HTTPS', shown: <Trust /> },
  ];
  return (
    <>
      <PageTitle title="Settings" part={tabs.find(({ id }) => id === tab)?.word} actions={<Link to="/guide">First run guide</Link>}>
        {session.data && `You are ${session.data.user}, ${session.data.role}${session.data.tenant ? ` of ${session.data.tenant}` : ' of the whole site'}.`}
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <PageTabs tabs={tabs} at={tab} place="/settings" label="Settings" />
      </PageSection>
    </>
  );
}
