// Asks the machines what a draft would change on each of them: recipes in check mode, which change nothing.

import { Button, ExpandableSection, Title } from '@patternfly/react-core';
import type { CheckView } from '../../../core/api/contract.ts';
import { useAct, useAnswer } from '../api/queries.ts';
import { ResourceDiffs } from '../plan/resource-diffs.tsx';
import { ProblemList, Refusal } from '../parts/problem-list.tsx';
import { counted, keyParts } from '../parts/words.ts';

/** `stale`: the text was changed since it was saved, so the machines would be asked about something else. */
export function MachineCheck({ proposal, headingLevel, stale }: { proposal: string; headingLevel: 'h2' | 'h3'; stale: boolean }) {
  const check = useAct('POST /proposals/:id/check');
  const nodes = useAnswer('GET /nodes', {});
  const nameOf = (id: string) => nodes.data?.find((n) => n.id === id)?.name ?? id;
  const machines = Map.groupBy(check.data?.checked ?? [], ({ key }) => keyParts(key).nodeId);
  return (
    <section aria-label="On the machines" className="pb-section">
      <div className="pb-section__head">
        <Title headingLevel={headingLevel} size="md">
          On the machines
        </Title>
        <Button
          variant="secondary"
          size="sm"
          isDisabled={stale || check.isPending}
          isLoading={check.isPending}
          onClick={() => check.mutate({ params: { id: proposal }, body: {} })}
        >
          {check.data ? 'Ask the machines again' : 'Ask the machines'}
        </Button>
        <span className="pb-subtle">Each says which lines would change. Nothing is changed by asking.</span>
      </div>
      <Refusal error={check.error} />
      {[...machines].map(([id, views]) => (
        <Machine key={id} name={nameOf(id)} views={views} />
      ))}
      {check.data && machines.size === 0 && <p>No machine could be asked: none that this touches is ready now.</p>}
      {check.data && check.data.left > 0 && (
        <p className="pb-subtle">
          {counted(check.data.left, 'node-role')} more cannot be told yet: the machine is not ready, or another role must be done first.
        </p>
      )}
    </section>
  );
}

function Machine({ name, views }: { name: string; views: CheckView[] }) {
  const changes = views.reduce((sum, view) => sum + view.resources.length, 0);
  const problems = views.filter((view) => view.problem).length;
  const told = changes === 0 ? 'nothing would change' : `${counted(changes, 'resource')} would change`;
  return (
    <ExpandableSection
      toggleContent={
        <span>
          <strong>{name}</strong> <span className="pb-subtle">{problems > 0 ? `${told}, ${counted(problems, 'role')} could not be asked` : told}</span>
        </span>
      }
    >
      {views.map((view) => (
        <div key={view.key} className="pb-section">
          <p>
            {view.mode === 'remove' && 'Undoing '}
            {keyParts(view.key).role}
            {view.resources.length === 0 && !view.problem && <span className="pb-subtle">: nothing would change</span>}
          </p>
          {view.problem && <ProblemList problems={[view.problem]} />}
          <ResourceDiffs resources={view.resources} />
        </div>
      ))}
    </ExpandableSection>
  );
}
