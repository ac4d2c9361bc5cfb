// Who is signed in, and the way out.

import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import UserIcon from '@patternfly/react-icons/dist/esm/icons/user-icon';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useAct, useAnswer } from '../api/queries.ts';

export function UserMenu() {
  const [open, setOpen] = useState(false);
  const session = useAnswer('GET /session', {});
  const go = useNavigate();
  const signOut = useAct('DELETE /session');
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: 'right', appendTo: 'inline' }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          isExpanded={open}
          onClick={() => setOpen(!open)}
          aria-label={`Signed in as ${session.data?.user ?? '…'}`}
          icon={<UserIcon />}
        />
      )}
    >
      <DropdownList>
        <DropdownItem onClick={() => void go('/guide')}>First run guide</DropdownItem>
        <DropdownItem onClick={() => void go('/settings')}>Sessions, tokens, passphrase</DropdownItem>
        <DropdownItem
          description={session.data && `Signed in as ${session.data.user}`}
          onClick={() => signOut.mutate({}, { onSuccess: () => location.assign('/') })}
        >
          Sign out
        </DropdownItem>
      </DropdownList>
    </Dropdown>
  );
}
