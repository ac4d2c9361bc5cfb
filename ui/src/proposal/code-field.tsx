// The text of a draft in an editor: as tall as the field that stands there until it is loaded.

import { useEffect, useEffectEvent, useRef } from 'react';
import { type CodeEditor, openCodeEditor } from './code-editor.ts';
import type { FaultPlace } from './fault-places.ts';

type CodeFieldProps = { id: string; label: string; text: string; faults: readonly FaultPlace[]; change(text: string): void };

export function CodeField({ id, label, text, faults, change }: CodeFieldProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor>(null);
  const changed = useEffectEvent(change);
  const begin = useEffectEvent((at: HTMLElement) => openCodeEditor(at, { id, label, text, changed }));
  useEffect(() => {
    const opened = begin(place.current!);
    editor.current = opened;
    return () => opened.close();
  }, []);
  useEffect(() => editor.current?.show(text), [text]);
  useEffect(() => editor.current?.mark(faults), [faults]);
  return <div ref={place} className="pb-draft" />;
}
