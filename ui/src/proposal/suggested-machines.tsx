// Machines that the barclamp suggests for roles that have none yet, and the button that writes them into the draft.

import { Alert, AlertActionLink } from '@patternfly/react-core';
import type { NodeSelector } from '../../../core/model/proposal.ts';
import { useAnswer } from '../api/queries.ts';
import type { DraftText } from './draft-text.ts';
import { ProblemList } from '../parts/problem-list.tsx';
import { textOf } from './proposal-text.ts';

export function SuggestedMachines({ id, draft }: { id: string; draft: DraftText }) {
  const suggestion = useAnswer('GET /proposals/:id/suggestion', { params: { id } });
  const { roles = {}, problems = [] } = suggestion.data ?? {};
  if (problems.length > 0) return <ProblemList problems={problems} />;
  // Over text that is being written nothing is put: its comments would be gone.
  if (draft.unsaved || !draft.read.ok || Object.keys(roles).length === 0) return null;
  const { value } = draft.read;
  const take = () => draft.setText(textOf({ ...value, roles: { ...value.roles, ...roles } }, draft.format));
  return (
    <Alert
      isInline
      component="p"
      variant="info"
      title="Suggested machines"
      actionLinks={<AlertActionLink onClick={take}>Write them into the draft</AlertActionLink>}
    >
      {Object.entries(roles).map(([role, selector]) => (
        <p key={role}>
          <span className="pb-mono">{role}</span> on {inWords(selector)}
        </p>
      ))}
    </Alert>
  );
}

function inWords(selector: NodeSelector): string {
  if (Array.isArray(selector)) return selector.join(', ');
  const { count = 'all', pool, where } = selector;
  const machines = count === 1 ? '1 machine' : `${count} machines`;
  return [machines, pool && `of the pool ${pool}`, where && `with ${where}`].filter(Boolean).join(' ');
}
