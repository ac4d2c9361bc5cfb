// The roles of one barclamp as a graph, with the roles of others that they stand on.

import { useMemo } from 'react';
import type { BarclampDetailView } from '../../../core/api/contract.ts';
import { boxWidth, type Edge, layOut } from '../plan/layout.ts';
import '../plan/role-picture.css';

const height = 62;

export function BarclampPicture({ roles }: { roles: BarclampDetailView['roles'] }) {
  const picture = useMemo(() => {
    const edges: Edge[] = roles.flatMap(({ name, requires, waitsFor }) => [
      ...requires.map((from): Edge => ({ from, to: name, kind: 'requires' })),
      ...waitsFor.map((from): Edge => ({ from, to: name, kind: 'waitsFor' })),
    ]);
    const names = new Set([...roles.map((r) => r.name), ...edges.map((e) => e.from)]);
    return layOut(
      [...names].map((name) => ({ name, height })),
      edges,
    );
  }, [roles]);
  return (
    <div className="pb-picture" role="group" aria-label="Roles, in the order they are applied" tabIndex={0}>
      <div className="pb-picture__canvas" style={{ width: picture.width, height: picture.height }}>
        <svg className="pb-picture__edges" width={picture.width} height={picture.height} aria-hidden="true">
          {picture.edges.map((edge) => (
            <g key={`${edge.from} ${edge.to}`} className={`pb-edge pb-edge--${edge.kind}`}>
              <path className="pb-edge__line" d={edge.path} />
              <path className="pb-edge__arrow" d={edge.arrow} />
            </g>
          ))}
        </svg>
        {picture.boxes.map((box) => {
          const own = roles.find((r) => r.name === box.name);
          const after = picture.edges.filter((e) => e.to === box.name).map((e) => e.from);
          return (
            <div key={box.name} className="pb-picture__box" style={{ left: box.x, top: box.y, width: boxWidth, height: box.height }}>
              <div className={own ? 'pb-role' : 'pb-role pb-role--foreign'}>
                <p className="pb-role__name">
                  <span title={own?.summary}>{box.name}</span>
                </p>
                <p className="pb-role__after">{after.length > 0 ? `after ${after.join(', ')}` : 'comes first'}</p>
                <p className="pb-role__origin pb-subtle">{own ? (own.implicit ? 'places itself' : 'given by a proposal') : 'of another barclamp'}</p>
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}
