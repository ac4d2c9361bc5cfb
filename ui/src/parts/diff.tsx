// A unified diff in colour. The signs stay in the text, so that the colour is not needed.

import { diffLines } from './diff-lines.ts';
import './diff.css';

export function Diff({ text, label = 'What it changed' }: { text: string; label?: string }) {
  return (
    <pre className="pb-diff" tabIndex={0} role="group" aria-label={label}>
      {diffLines(text).map(({ kind, line }, index) => (
        // Lines of a finished diff never move.
        <span key={index} className={`pb-diff__line pb-diff__line--${kind}`}>
          {line || ' '}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}
