// The roles of one deployment as a layered graph, left before right. On a narrow screen the same cards stand in a list, each saying what it comes after.

import { useMemo } from 'react';
import type { PlanGroup, PlanSummary } from '../../../core/model/plan.ts';
import { boxWidth, layOut } from './layout.ts';
import { cardHeight, isDone, RoleCard } from './role-card.tsx';
import './role-picture.css';

type RolePictureProps = { headingLevel: 'h3' | 'h4'; deployment: string; roles: PlanGroup[]; edges: PlanSummary['edges'] };

export function RolePicture({ headingLevel, deployment, roles, edges }: RolePictureProps) {
  const byRole = useMemo(() => new Map(roles.map((group) => [group.role, group])), [roles]);
  const picture = useMemo(
    () =>
      layOut(
        roles.map((group) => ({ name: group.role, height: cardHeight(group) })),
        edges,
      ),
    [roles, edges],
  );
  const done = (role: string) => isDone(byRole.get(role)!);
  return (
    <div className="pb-picture" role="group" aria-label={`Roles of ${deployment}, in the order they are applied`} tabIndex={0}>
      <div className="pb-picture__canvas" style={{ width: picture.width, height: picture.height }}>
        <svg className="pb-picture__edges" width={picture.width} height={picture.height} aria-hidden="true">
          {picture.edges.map((edge) => (
            <g key={`${edge.from} ${edge.to}`} className={`pb-edge pb-edge--${edge.kind} ${done(edge.from) ? 'pb-edge--open' : ''}`}>
              <path className="pb-edge__line" d={edge.path} />
              <path className="pb-edge__arrow" d={edge.arrow} />
            </g>
          ))}
        </svg>
        {picture.boxes.map((box) => (
          <div key={box.name} className="pb-picture__box" style={{ left: box.x, top: box.y, width: boxWidth, height: box.height }}>
            <RoleCard
              headingLevel={headingLevel}
              deployment={deployment}
              group={byRole.get(box.name)!}
              after={picture.edges.filter((e) => e.to === box.name)}
            />
          </div>
        ))}
      </div>
    </div>
  );
}
