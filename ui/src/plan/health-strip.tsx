// One line that says whether what is done also works and is as it was left. Of one height whatever it says, so that bad news moves nothing.

import { Link } from 'react-router';
import { useAnswer } from '../api/queries.ts';
import { StateIcon, watchMeanings } from '../parts/states.tsx';
import { counted, keyParts } from '../parts/words.ts';
import './health-strip.css';

export function HealthStrip() {
  const health = useAnswer('GET /health', { query: {} });
  const drift = useAnswer('GET /drift', { query: {} });
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
