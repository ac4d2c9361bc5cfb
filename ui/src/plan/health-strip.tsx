// One line that says whether what is done also works and is as it was left. Of one height whatever it says, so that bad news moves nothing.

import { Link } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { StateIcon, watchMeanings } from '../parts/states.tsx';
import { counted, keyParts } from '../parts/words.ts';
import './health-strip.css';

/** `past`: what is shown beside it is not the present, of which alone this can tell. */
export function HealthStrip({ past = false }: { past?: boolean }) {
  const health = useAnswer('GET /health', { query: {} }, { enabled: !past });
  const drift = useAnswer('GET /drift', { query: {} }, { enabled: !past });
  if (past)
    return (
      <div className="pb-health pb-health--working">
        <p className="pb-health__said">Whether what was done worked then is not kept; nothing can be changed in the past.</p>
      </div>
    );
  const failing = health.data ?? [];
  const drifted = (drift.data ?? []).filter((d) => d.changed > 0);
  const first = failing[0] ?? drifted[0];
  const kind = failing.length > 0 ? 'failing' : drifted.length > 0 ? 'drifted' : 'working';
  return (
    <div className={`pb-health pb-health--${kind}`} role="status">
      <StateIcon meaning={watchMeanings[kind]} />
      {health.data && drift.data && (
        <p className="pb-health__said">
          {failing.length > 0 && <strong>{counted(failing.length, 'node-role')} not working</strong>}
          {failing.length > 0 && drifted.length > 0 && ', '}
          {drifted.length > 0 && `${drifted.length} drifted`}
          {first && (
            <>
              : {keyParts(first.key).role} on {first.nodeName}
              {failing[0]?.problem && ` — ${failing[0].problem.summary}`}
            </>
          )}
          {kind === 'working' && 'What is done works, as far as it is probed, and is as it was left.'}
        </p>
      )}
      <Link to="/health" className="pb-health__more">
        Health
      </Link>
    </div>
  );
}
