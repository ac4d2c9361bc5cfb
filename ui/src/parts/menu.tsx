// A button that opens a menu of acts. The keyboard goes into the menu as it opens, and is back at the button before the act begins: a dialog that the
// act opens then gives the focus back to where it was asked for.

import { Dropdown, DropdownList, MenuToggle, type MenuToggleProps } from '@patternfly/react-core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { intoMain } from './into-main.ts';

type MenuProps = {
  /** What the button is and looks like. */
  button: Omit<MenuToggleProps, 'ref' | 'onClick' | 'isExpanded'>;
  toTheLeft?: boolean;
  /** Outside of the main part of the page the menu stands beside its button. */
  inline?: boolean;
  /** It was asked for before it could be drawn. */
  startOpen?: boolean;
  /** Lists and groups of lists are given as they are; items alone are put into one list. */
  lists?: boolean;
  children: ReactNode;
};

export function Menu({ button, toTheLeft = false, inline = false, startOpen = false, lists = false, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const toggle = useRef<HTMLButtonElement>(null);
  // Opened a moment later, so that the kit sees it open and moves the focus into it.
  useEffect(() => {
    if (!startOpen) return;
    toggle.current?.focus();
    setOpen(true);
  }, [startOpen]);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      shouldFocusFirstItemOnOpen
      shouldFocusToggleOnSelect
      popperProps={{ ...(toTheLeft && { position: 'right' }), appendTo: inline ? 'inline' : intoMain }}
      toggle={{ toggleRef: toggle, toggleNode: <MenuToggle {...button} ref={toggle} isExpanded={open} onClick={() => setOpen(!open)} /> }}
    >
      {lists ? children : <DropdownList>{children}</DropdownList>}
    </Dropdown>
  );
}
