// Explains the lines of the picture.

import './edge-legend.css';

export function EdgeLegend() {
  return (
    <ul className="pb-edges">
      <li>
        <Sample kind="requires" /> needs, on the same machine
      </li>
      <li>
        <Sample kind="waitsFor" /> waits for, on every machine that holds it
      </li>
    </ul>
  );
}

const Sample = ({ kind }: { kind: 'requires' | 'waitsFor' }) => (
  <svg width="32" height="10" aria-hidden="true" className={`pb-edge pb-edge--${kind}`}>
    <path className="pb-edge__line" d="M0 5 H25" />
    <path className="pb-edge__arrow" d="M32 5 l-8 -4.5 v9 z" />
  </svg>
);
