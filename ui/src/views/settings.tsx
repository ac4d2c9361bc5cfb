// Who may sign in and how, with what programs come, who shares the site, what is told to others, backups, and how browsers are told to trust the page: one
// tab each.

import { PageSection, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { Link, useNavigate, useParams } from 'react-router';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
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
  const go = useNavigate();
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
      <PageTitle title="Settings" actions={<Link to="/guide">First run guide</Link>}>
        {session.data && `You are ${session.data.user}, ${session.data.role}${session.data.tenant ? ` of ${session.data.tenant}` : ' of the whole site'}.`}
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        <Tabs activeKey={tab} onSelect={(_, id) => void go(`/settings/${id}`)} aria-label="Settings" mountOnEnter unmountOnExit>
          {tabs.map(({ id, word, shown }) => (
            <Tab key={id} eventKey={id} title={<TabTitleText>{word}</TabTitleText>}>
              <div className="pb-page pb-below-tabs">{shown}</div>
            </Tab>
          ))}
        </Tabs>
      </PageSection>
    </>
  );
}
