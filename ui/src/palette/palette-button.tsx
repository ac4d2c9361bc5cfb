// The way into the palette: the keys, and a button that shows them. They are nobody's while a dialog is open, for what is asked there comes first.

import { Button } from '@patternfly/react-core';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useEffect, useState } from 'react';
import './palette.css';

export function usePalette() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const busy = document.querySelector('[aria-modal=true]') !== null;
      if (busy && !open) return;
      event.preventDefault();
      setOpen(!open);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [open]);
  return { open, show: () => setOpen(true), close: () => setOpen(false) };
}

export const apple = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function PaletteButton({ show }: { show: () => void }) {
  return (
    <Button variant="control" size="sm" className="pb-palette-button" icon={<SearchIcon />} onClick={show} aria-keyshortcuts="Control+K Meta+K">
      <span className="pb-palette-button__words">
        Go to… <kbd>{apple ? '⌘K' : 'Ctrl K'}</kbd>
      </span>
    </Button>
  );
}
