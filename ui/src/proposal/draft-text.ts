// The text being edited and what it is based on. Unsaved text survives a reload and another person's save: nothing typed is lost
// unless its writer drops it.

import { useEffect, useMemo, useState } from 'react';
import type { ProposalView } from '../../../core/api/contract.ts';
import type { ProposalBody } from '../../../core/model/proposal.ts';
import { bodyOf, type Format, type Read, sameBody, textOf } from './proposal-text.ts';
import { read, useRemembered, write } from '../parts/remembered.ts';

type Base = { revision: number; body: ProposalBody };
type Kept = { base: Base; text: string };

export type DraftText = {
  text: string;
  setText: (text: string) => void;
  format: Format;
  /** Only while the text can be read: turning what cannot would throw it away. */
  setFormat: (format: Format) => void;
  read: Read;
  /** What the text was begun from: as it was at `revision`. */
  base: ProposalBody;
  revision: number;
  unsaved: boolean;
  /** Somebody else saved since this text was begun. */
  newer: ProposalView | undefined;
  saved: (view: ProposalView) => void;
  /** Goes on with this text on top of what the other person saved. */
  keepMine: () => void;
  /** What stands on the admin node now, instead of this text. */
  take: (view: ProposalView) => void;
};

export function useDraftText(server: ProposalView): DraftText {
  const place = `prybar.draft.${server.id}`;
  const [format, rememberFormat] = useRemembered<Format>('prybar.format', ['yaml', 'json'], 'yaml');
  const [kept, setKept] = useState<Kept>(() => keptAt(place) ?? { base: baseOf(server), text: textOf(server.draft, format) });
  const understood = useMemo(() => bodyOf(kept.text), [kept.text]);
  const unsaved = !understood.ok || !sameBody(understood.value, kept.base.body);
  const moved = server.revision > kept.base.revision;
  const newer = moved && unsaved && !sameBody(server.draft, kept.base.body) ? server : undefined;
  useEffect(() => write(place, unsaved ? JSON.stringify(kept) : undefined), [place, kept, unsaved]);
  useEffect(() => {
    // A newer revision with nothing of ours in the way, or with the same draft in it, is simply the new ground.
    if (moved && !newer) setKept((old) => ({ base: baseOf(server), text: unsaved ? old.text : textOf(server.draft, format) }));
  }, [moved, newer, unsaved, server, format]);
  return {
    text: kept.text,
    setText: (text) => setKept((old) => ({ ...old, text })),
    format,
    setFormat: (next) => {
      if (!understood.ok) return;
      rememberFormat(next);
      setKept((old) => ({ ...old, text: textOf(understood.value, next) }));
    },
    read: understood,
    base: kept.base.body,
    revision: kept.base.revision,
    unsaved,
    newer,
    saved: (view) => setKept((old) => ({ ...old, base: baseOf(view) })),
    keepMine: () => setKept((old) => ({ ...old, base: baseOf(server) })),
    take: (view) => setKept({ base: baseOf(view), text: textOf(view.draft, format) }),
  };
}

const baseOf = (view: ProposalView): Base => ({ revision: view.revision, body: view.draft });

function keptAt(place: string): Kept | undefined {
  try {
    return (JSON.parse(read(place) ?? 'null') as Kept | null) ?? undefined;
  } catch {
    return undefined;
  }
}
