// One barclamp: what its author says of it, its roles with what they wait for, and the settings that a proposal may hold.

import { Content, Label, PageSection, Skeleton } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import Markdown from 'react-markdown';
import { useParams } from 'react-router';
import remarkGfm from 'remark-gfm';
import { FactList } from '../parts/fact-list.tsx';
import type { BarclampDetailView } from '../../../core/api/contract.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAnswer } from '../api/queries.ts';
import { BarclampPicture } from '../barclamp/barclamp-picture.tsx';
import { InstallBarclamps } from '../barclamp/install.tsx';
import { LintResult } from '../barclamp/lint-result.tsx';
import { RemoveBarclamp } from '../barclamp/remove-barclamp.tsx';
import { EdgeLegend } from '../plan/edge-legend.tsx';
import { Crumbs } from '../parts/crumbs.tsx';
import { Gone, isGone } from '../parts/gone.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Part } from '../parts/part.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { ProposalLinks } from '../proposal/proposal-links.tsx';
import { SettingsReference } from '../barclamp/settings-reference.tsx';
import { Time } from '../parts/time.tsx';
import './barclamp.css';

export function BarclampPage() {
  const { name = '' } = useParams();
  const barclamp = useAnswer('GET /barclamps/:name', { params: { name } });
  const { rulesSite } = useOwnSession();
  return (
    <>
      <PageTitle
        title={name}
        above={<Crumbs above={[['/barclamps', 'Barclamps']]} here={name} />}
        beside={
          barclamp.data && (
            <Label isCompact variant="outline">
              {barclamp.data.version}
            </Label>
          )
        }
        actions={
          rulesSite &&
          barclamp.data && (
            <div className="pb-actions">
              {barclamp.data.origin === 'installed' && <RemoveBarclamp barclamp={barclamp.data} />}
              <InstallBarclamps word="Install another version" />
            </div>
          )
        }
      >
        {barclamp.isPending ? '\u00a0' : barclamp.data?.summary}
      </PageTitle>
      <PageSection hasBodyWrapper={false} className="pb-page">
        {isGone(barclamp) ? (
          <Gone what={`barclamp called ${name}`} on={[['/barclamps', 'All barclamps']]}>
            It was removed, or is not installed here.
          </Gone>
        ) : (
          <Unread of={barclamp} />
        )}
        {barclamp.isPending && <Skeleton height="20rem" screenreaderText="Reading the barclamp" />}
        {barclamp.data && !isGone(barclamp) && <Told barclamp={barclamp.data} />}
      </PageSection>
    </>
  );
}

function Told({ barclamp }: { barclamp: BarclampDetailView }) {
  return (
    <div className="pb-barclamp">
      <div className="pb-barclamp__main">
        <Part title="Roles">
          <EdgeLegend />
          <BarclampPicture roles={barclamp.roles} />
          <Roles roles={barclamp.roles} />
        </Part>
        <Part title="README">{barclamp.readme ? <Readme text={barclamp.readme} /> : <p className="pb-subtle">Its author wrote none.</p>}</Part>
      </div>
      <div className="pb-barclamp__side">
        <Part title="Barclamp">
          <Facts barclamp={barclamp} />
        </Part>
        {barclamp.origin === 'installed' && (
          <Part title="Lint">
            <LintResult lint={barclamp.lint} />
          </Part>
        )}
        <Part title="Settings (attributes)">
          <SettingsReference schema={barclamp.schema} />
        </Part>
      </div>
    </div>
  );
}

// The page has its own title, so a README's headings begin below the part's.
function Readme({ text }: { text: string }) {
  return (
    <Content className="pb-readme">
      <Markdown remarkPlugins={[remarkGfm]} components={{ h1: 'h3', h2: 'h3', h3: 'h4', h4: 'h5', pre: Code, a: Away }}>
        {text.replace(/^\s*# .*\n/, '')}
      </Markdown>
    </Content>
  );
}
const Code = ({ children }: { children?: ReactNode }) => (
  <pre className="pb-step__said" tabIndex={0}>
    {children}
  </pre>
);
/** Other files of its folder are not served, so only links that lead out of it are links. */
const Away = ({ href, children }: { href?: string | undefined; children?: ReactNode }) =>
  href && /^https?:/.test(href) ? (
    <a href={href} rel="noreferrer">
      {children}
    </a>
  ) : (
    children
  );

function Roles({ roles }: { roles: BarclampDetailView['roles'] }) {
  return (
    <dl className="pb-settings">
      {roles.map((role) => (
        <div key={role.name}>
          <dt>
            <span className="pb-mono">{role.name}</span> <span className="pb-subtle">{traits(role).join(', ')}</span>
          </dt>
          <dd className="pb-subtle">
            {role.summary}
            {role.outputs.length > 0 && `. Publishes ${role.outputs.join(', ')}`}
            {role.secrets.length > 0 && `. Has the secrets ${role.secrets.join(', ')}`}
            {role.irreversible && `. Cannot be undone: ${role.irreversible}`}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const where = { live: 'systems in RAM', installed: 'installed systems', admin: 'the admin node' };
const traits = (role: BarclampDetailView['roles'][number]): string[] => [
  `on ${role.runsOn.map((one) => where[one]).join(' and ')}`,
  ...(role.implicit ? ['places itself'] : []),
  ...(role.once ? ['done once'] : []),
  ...(role.destructive ? ['destroys what was there'] : []),
  ...(role.milestone ? [`milestone: ${role.milestone}`] : []),
];

function Facts({ barclamp }: { barclamp: BarclampDetailView }) {
  const { origin, installedAt, signedBy, platforms, license, needs, digest, usedBy } = barclamp;
  const needed = Object.entries(needs.barclamps).map(([name, range]) => `${name} ${range}`);
  const facts: [string, ReactNode][] = [
    ['Used in', <ProposalLinks key="used" ids={usedBy} />],
    ['Comes', origin === 'shipped' ? 'with Prybar' : <span key="comes">installed {installedAt !== undefined && <Time at={installedAt} />}</span>],
    ['Signed by', signedBy],
    ['Platforms', platforms.join(', ')],
    ['Needs', needed.join(', ') || undefined],
    ['Licence', license],
    [
      'Digest',
      <span key="digest" className="pb-mono pb-break">
        {digest}
      </span>,
    ],
  ];
  return <FactList facts={facts} termWidth="6rem" />;
}
