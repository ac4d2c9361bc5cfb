// Resources that would change, each with its difference where it has one.

import AngleRightIcon from '@patternfly/react-icons/dist/esm/icons/angle-right-icon';
import PencilAltIcon from '@patternfly/react-icons/dist/esm/icons/pencil-alt-icon';
import { Diff } from '../parts/diff.tsx';
import '../runs/step-list.css';

export function ResourceDiffs({ resources }: { resources: { name: string; diff?: string }[] }) {
  if (resources.length === 0) return null;
  return (
    <ul className="pb-steps">
      {resources.map(({ name, diff }, index) => (
        // Several resources of a recipe may have one name; their order is the recipe's.
        <li key={`${index} ${name}`}>
          {diff ? (
            <details className="pb-step" open={resources.length < 6}>
              <summary className="pb-step__head pb-step__head--named">
                <Mark more />
                <span className="pb-step__name">{name}</span>
              </summary>
              <div className="pb-step__body">
                <Diff text={diff} label={`What would change: ${name}`} />
              </div>
            </details>
          ) : (
            <div className="pb-step pb-step__head pb-step__head--named">
              <Mark />
              <span className="pb-step__name">{name}</span>
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

const Mark = ({ more = false }: { more?: boolean }) => (
  <>
    <span className="pb-step__more">{more && <AngleRightIcon />}</span>
    <span className="pb-state pb-state--blue" aria-hidden="true">
      <PencilAltIcon />
    </span>
  </>
);
