// An editor of CodeMirror under the strict policy. It writes its styles into a <style> element, which `default-src 'self'` refuses, unless it stands in
// a shadow root: there it takes constructed style sheets, which no policy is about. The page's colours come in as custom properties.

import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { FaultPlace } from './fault-places.ts';

export type CodeEditor = {
  /** What is the same stays as it is: cursor, selection, and what can be undone. */
  show(text: string): void;
  mark(faults: readonly FaultPlace[]): void;
  close(): void;
};
type CodeEditorOptions = { id: string; label: string; text: string; changed(text: string): void };

/** Not typed by somebody here. */
const fromOutside = Annotation.define<true>();

export function openCodeEditor(place: HTMLElement, { id, label, text, changed }: CodeEditorOptions): CodeEditor {
  const root = place.shadowRoot ?? place.attachShadow({ mode: 'open', delegatesFocus: true });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        yaml(),
        indentUnit.of('  '),
        indentOnInput(),
        bracketMatching(),
        syntaxHighlighting(highlighting),
        look,
        // Tab goes on to the next field, as everywhere.
        keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
        typedOver,
        EditorView.contentAttributes.of({ id, 'aria-label': label, spellcheck: 'false' }),
        EditorView.updateListener.of(({ docChanged, transactions, state }) => {
          if (docChanged && !transactions.some((one) => one.annotation(fromOutside))) changed(state.doc.toString());
        }),
      ],
    }),
  });
  return {
    show(next) {
      const changes = changeBetween(view.state.doc.toString(), next);
      if (changes) view.dispatch({ changes, annotations: fromOutside.of(true) });
    },
    mark(faults) {
      const end = view.state.doc.length;
      const diagnostics = faults.map(({ from, to, severity, text: message }) => ({ from: Math.min(from, end), to: Math.min(to, end), severity, message }));
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    close: () => view.destroy(),
  };
}

// Who types over a selection is given its colours by Chromium, as a style attribute, which the policy refuses aloud: there is none any more when it looks.
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== 'insertText' || view.composing) return false;
    const { from, to } = selectedIn(view);
    if (from < to) view.dispatch({ changes: { from, to }, selection: { anchor: from }, userEvent: 'input.type' });
    return false;
  },
});

/** As the browser has it, which may be a moment ahead of the editor. Chromium tells of a selection within a shadow root only there. */
function selectedIn(view: EditorView): { from: number; to: number } {
  const selection = (view.root as { getSelection?(): Selection | null }).getSelection?.();
  if (!selection?.rangeCount) return view.state.selection.main;
  const { startContainer, startOffset, endContainer, endOffset } = selection.getRangeAt(0);
  if (!view.contentDOM.contains(startContainer) || !view.contentDOM.contains(endContainer)) return view.state.selection.main;
  return { from: view.posAtDOM(startContainer, startOffset), to: view.posAtDOM(endContainer, endOffset) };
}

/** The one stretch that is another in `after`. */
export function changeBetween(before: string, after: string): { from: number; to: number; insert: string } | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  let same = 0;
  while (same < shorter - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) };
}

const token = (name: string): string => `var(--pf-t--global--${name})`;

const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: token('text--color--link--default') },
  { tag: [tags.string, tags.special(tags.string)], color: token('text--color--status--success--default') },
  { tag: [tags.comment, tags.lineComment], color: token('text--color--subtle'), fontStyle: 'italic' },
  { tag: [tags.meta, tags.keyword, tags.typeName], color: token('text--color--status--custom--default') },
]);

const look = EditorView.theme({
  '&': { fontSize: token('font--size--body--sm'), color: token('text--color--regular') },
  '&.cm-focused': { outline: `2px solid ${token('border--color--clicked')}` },
  '.cm-content, .cm-gutter': { minHeight: '26rem' },
  '.cm-scroller': { fontFamily: token('font--family--mono'), lineHeight: '1.6' },
  '.cm-content': { caretColor: token('text--color--regular') },
  '.cm-gutters': { color: token('text--color--subtle'), backgroundColor: 'transparent', borderColor: token('border--color--default') },
  '.cm-activeLineGutter': { backgroundColor: 'transparent' },
  '.cm-tooltip': {
    maxWidth: '30rem',
    color: token('text--color--regular'),
    backgroundColor: token('background--color--floating--default'),
    border: `1px solid ${token('border--color--default')}`,
  },
  '.cm-panels': { color: token('text--color--regular'), backgroundColor: token('background--color--secondary--default') },
  '.cm-panel.cm-panel-lint ul [aria-selected]': { color: token('text--color--regular'), backgroundColor: token('background--color--action--plain--hover') },
  '.cm-matchingBracket': { backgroundColor: token('background--color--action--plain--hover') },
});
