// Who is signed in, and the way out.

import { DropdownItem } from '@patternfly/react-core';
import UserIcon from '@patternfly/react-icons/dist/esm/icons/user-icon';
import { useNavigate } from 'react-router';
import { useAct, useAnswer } from '../api/queries.ts';
import { Menu } from './menu.tsx';

/** `showKeys`: says which keys mean something. */
export function UserMenu({ showKeys }: { showKeys: () => void }) {
  const session = useAnswer('GET /session', {});
  const go = useNavigate();
  const signOut = useAct('DELETE /session');
  return (
    <Menu inline toTheLeft button={{ variant: 'plain', 'aria-label': `Signed in as ${session.data?.user ?? '…'}`, icon: <UserIcon /> }}>
      <DropdownItem onClick={() => void go('/guide')}>First run guide</DropdownItem>
      <DropdownItem onClick={showKeys}>Keys…</DropdownItem>
      <DropdownItem onClick={() => void go('/settings')}>Sessions, tokens, passphrase</DropdownItem>
      <DropdownItem
        description={session.data && `Signed in as ${session.data.user}`}
        onClick={() => signOut.mutate({}, { onSuccess: () => location.assign('/') })}
      >
        Sign out
      </DropdownItem>
    </Menu>
  );
}
