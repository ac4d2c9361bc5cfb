// Where machines that were sent away call, and what lets them in without a person: invitations, whose texts are shown once.

import { Alert, Button, ClipboardCopy, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { InvitationView } from '../../../core/api/contract.ts';
import { useOwnSession } from '../api/own-session.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { FactList } from '../parts/fact-list.tsx';
import { LineField } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Unread } from '../parts/problem-list.tsx';
import { Removal } from '../parts/removal.tsx';
import { Time } from '../parts/time.tsx';
import { counted } from '../parts/words.ts';

/** For who may act: others are not told of invitations. */
export function CallingHome() {
  const home = useAnswer('GET /home', {});
  const { mayAct } = useOwnSession();
  return (
    <section aria-label="Calling home" className="pb-section">
      <Title headingLevel="h2" size="lg">
        Calling home
      </Title>
      <p className="pb-subtle">
        The barclamp call-home, applied before a machine is sent away, has it call from wherever it stands: it needs this address, this authority and, to be let
        in without a person, an invitation.
      </p>
      <Unread of={home} />
      {home.data && (
        <FactList
          termWidth="7rem"
          facts={[
            ['Address', <span className="pb-mono pb-break">{home.data.url ?? 'Nobody listens: start the admin node with --home PORT.'}</span>],
            ['Authority', <span className="pb-mono pb-break">{home.data.fingerprint}</span>],
          ]}
        />
      )}
      {mayAct && <Invitations />}
    </section>
  );
}

type Made = { about: string; text: string };

function Invitations() {
  const invitations = useAnswer('GET /invitations', {});
  const [inviting, setInviting] = useState(false);
  const [made, setMade] = useState<Made>();
  const [removing, setRemoving] = useState<InvitationView>();
  return (
    <>
      <div className="pb-actions">
        <Button variant="secondary" size="sm" onClick={() => setInviting(true)}>
          Invite machines…
        </Button>
      </div>
      {made && (
        <Alert isInline variant="success" title={`The invitation for ${made.about} is made. It is shown this once: copy it now.`} component="p">
          <p>Who sends the machines away sets it as the secret invitation of call-home there.</p>
          <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel="Text of the invitation">
            {made.text}
          </ClipboardCopy>
        </Alert>
      )}
      <Unread of={invitations} />
      {invitations.data?.length === 0 && <p className="pb-subtle">Nobody is invited: each machine that calls waits until somebody lets it in.</p>}
      {invitations.data && invitations.data.length > 0 && (
        <Table variant="compact" aria-label="Invitations" gridBreakPoint="grid-md" borders={false}>
          <Thead>
            <Tr>
              <Th>For</Th>
              <Th>Left</Th>
              <Th>Made</Th>
              <Th>Good until</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {invitations.data.map((invitation) => (
              <Row key={invitation.id} invitation={invitation} remove={() => setRemoving(invitation)} />
            ))}
          </Tbody>
        </Table>
      )}
      {inviting && (
        <InviteDialog
          close={() => setInviting(false)}
          done={(one) => {
            setMade(one);
            setInviting(false);
          }}
        />
      )}
      {removing && (
        <Removal
          route="DELETE /invitations/:id"
          ask={{ params: { id: removing.id } }}
          title={`Take the invitation for ${forText(removing)} back?`}
          act="Take it back"
          close={() => setRemoving(undefined)}
        >
          <p>It lets nobody in any more. Machines that it let in stay.</p>
        </Removal>
      )}
    </>
  );
}

const forText = ({ serials }: Pick<InvitationView, 'serials'>): string => serials?.join(', ') ?? 'any serial';

function Row({ invitation, remove }: { invitation: InvitationView; remove: () => void }) {
  const { left, by, at, endsAt } = invitation;
  return (
    <Tr>
      <Td dataLabel="For" className="pb-break">
        {forText(invitation)}
      </Td>
      <Td dataLabel="Left" className="pb-number">
        {counted(left, 'machine')}
      </Td>
      <Td dataLabel="Made">
        <span>
          <Time at={at} /> by {by}
        </span>
      </Td>
      <Td dataLabel="Good until">{endsAt < Date.now() ? 'it has ended' : <Time at={endsAt} />}</Td>
      <Td dataLabel="Actions" modifier="nowrap">
        <Button variant="link" isInline isDanger onClick={remove}>
          Take back<span className="pf-v6-u-screen-reader"> the invitation for {forText(invitation)}</span>…
        </Button>
      </Td>
    </Tr>
  );
}

/** By commas only: a serial may hold blanks. */
const serialsIn = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  ),
];
const isBetween = (text: string, most: number): boolean => /^[1-9]\d{0,5}$/.test(text) && Number(text) <= most;

function InviteDialog({ close, done }: { close: () => void; done: (made: Made) => void }) {
  const [serials, setSerials] = useState('');
  const [count, setCount] = useState('1');
  const [days, setDays] = useState('30');
  const invite = useAct('POST /invitations');
  const wanted = serialsIn(serials);
  const act = () =>
    invite.mutate(
      { body: { ...(wanted.length > 0 && { serials: wanted }), count: Number(count), days: Number(days) } },
      { onSuccess: ({ text, left, ...made }) => done({ text, about: `${counted(left, 'machine')} of ${forText(made)}` }) },
    );
  return (
    <FormDialog
      title="Invite machines to call home"
      description="Whoever brings the text along that you are shown then is let in without a person."
      act="Invite"
      complete={isBetween(count, 10_000) && isBetween(days, 3650)}
      pending={invite.isPending}
      error={invite.error}
      onAct={act}
      close={close}
    >
      <LineField
        id="invite-serials"
        label="Serials"
        value={serials}
        change={setSerials}
        help="With commas between them; * stands for anything, as 4CX*. Nothing: any machine."
      />
      <LineField
        id="invite-count"
        label="Machines"
        value={count}
        change={(text) => setCount(text.trim())}
        valid={isBetween(count, 10_000)}
        help="So many, 10000 at most."
        required
      />
      <LineField
        id="invite-days"
        label="Days"
        value={days}
        change={(text) => setDays(text.trim())}
        valid={isBetween(days, 3650)}
        help="So long it is good."
        required
      />
    </FormDialog>
  );
}
