// Who takes which role: machines at the left, roles at the right. Machines are chosen and dragged onto a role, or given to it by its button; while
// they are dragged each role says whether it takes them. Every change goes into the draft's text.

import { draggable, dropTargetForElements, monitorForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { Button, Card, CardBody, FormGroup, FormSelect, FormSelectOption, Label, LabelGroup, TextInput, Title } from '@patternfly/react-core';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { ProposalEditView } from '../../../core/api/contract.ts';
import type { NodeSelector, ProposalBody } from '../../../core/model/proposal.ts';
import { readFilter } from '../rack/filter.ts';
import { FilterInput } from '../rack/filter-input.tsx';
import { hardwareWords } from '../rack/machine-words.ts';
import type { Machine } from '../rack/machines.ts';
import { useMachines } from '../rack/use-machines.ts';
import { useAnswer } from '../api/queries.ts';
import { nodeMeanings, StateIcon } from '../parts/states.tsx';
import type { Path } from './draft-edit.ts';
import { type BoardRole, isNamed, limitsOf, limitsText, namesIn, verdictOn } from './role-verdict.ts';
import { counted } from '../parts/words.ts';
import './role-board.css';

/** Listed at once; a filter finds the others. */
const listed = 60;
const DRAGGED = 'machines';

type RoleBoardProps = { proposal: ProposalEditView; draft: ProposalBody; change: (path: Path, value: unknown) => void };

export function RoleBoard({ proposal, draft, change }: RoleBoardProps) {
  const machines = useMachines();
  const deployments = useAnswer('GET /deployments', {});
  const pools = deployments.data?.find((deployment) => deployment.name === proposal.deployment)?.pools ?? [];
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [dragged, setDragged] = useState<readonly string[]>([]);
  const read = useMemo(() => readFilter(filter), [filter]);
  const all = machines.data?.list ?? [];
  // Those that the deployment takes; the admin node is named where a role may be there.
  const admin = proposal.roles.some((role) => role.runsOn.includes('admin'));
  const mayBe = all.filter((machine) => (pools.length ? pools.includes(machine.pool) : !machine.local) || (admin && machine.local));
  const found = read.ok ? mayBe.filter(read.value) : [];
  const byId = machines.data?.byId ?? new Map<string, Machine>();
  const machinesOf = (ids: Iterable<string>) => [...ids].flatMap((id) => byId.get(id) ?? []);
  useEffect(
    () =>
      monitorForElements({
        canMonitor: ({ source }) => source.data['kind'] === DRAGGED,
        onDragStart: ({ source }) => setDragged(source.data['ids'] as string[]),
        onDrop: () => setDragged([]),
      }),
    [],
  );
  const give = (role: BoardRole, ids: Iterable<string>) => {
    const names = namesIn(draft.roles[role.name]);
    const added = machinesOf(ids).filter((machine) => !names.includes(machine.name) && !names.includes(machine.id));
    if (added.length === 0) return;
    // One by one at the end of the list, so that comments beside the names that are there stay.
    if (isNamed(draft.roles[role.name]) && names.length > 0 && added.length === 1) change(['roles', role.name, names.length], added[0]!.name);
    else change(['roles', role.name], [...names, ...added.map((machine) => machine.name)]);
    setChosen(new Set());
  };
  const toggle = (id: string) =>
    setChosen((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <div className="pb-board">
      <section className="pb-section" aria-label="Machines to choose from">
        <FilterInput text={filter} setText={setFilter} machines={mayBe} problem={read.ok ? undefined : read.problems[0]} />
        <p className="pb-subtle" role="status">
          {chosen.size > 0
            ? `${counted(chosen.size, 'machine')} chosen: drag one of them onto a role, or use the role's button.`
            : `${counted(found.length, 'machine')}${pools.length ? ` of ${pools.join(', ')}` : ''}. Choose some, then drag them or use a role's button.`}
        </p>
        <ul className="pb-board__machines" tabIndex={0} aria-label="Machines">
          {found.slice(0, listed).map((machine) => (
            <Draggable key={machine.id} machine={machine} chosen={chosen} toggle={toggle} />
          ))}
        </ul>
        {found.length > listed && (
          <p className="pb-subtle">
            And {found.length - listed} more: filter for them.{' '}
            <Button variant="link" isInline onClick={() => setChosen(new Set(found.map(({ id }) => id)))}>
              Choose all {found.length}
            </Button>
          </p>
        )}
      </section>
      <div className="pb-board__roles">
        {proposal.roles.map((role) => (
          <RoleDrop
            key={role.name}
            role={role}
            proposal={proposal}
            draft={draft}
            chosen={machinesOf(chosen)}
            dragged={machinesOf(dragged)}
            byName={(name) => all.find((machine) => machine.name === name || machine.id === name)}
            give={give}
            change={change}
          />
        ))}
      </div>
    </div>
  );
}

type DraggableProps = { machine: Machine; chosen: ReadonlySet<string>; toggle: (id: string) => void };

function Draggable({ machine, chosen, toggle }: DraggableProps) {
  const element = useRef<HTMLLIElement>(null);
  const isChosen = chosen.has(machine.id);
  useEffect(
    () =>
      draggable({
        element: element.current!,
        // All that are chosen go with one of them; another goes alone.
        getInitialData: () => ({ kind: DRAGGED, ids: isChosen ? [...chosen] : [machine.id] }),
      }),
    [machine.id, isChosen, chosen],
  );
  return (
    <li ref={element} className={`pb-board__machine${isChosen ? ' pb-tile--chosen' : ''}`}>
      <button type="button" role="checkbox" aria-checked={isChosen} onClick={() => toggle(machine.id)}>
        <span className={`pb-check${isChosen ? ' pb-check--on' : ''}`} aria-hidden="true" />
        <StateIcon meaning={nodeMeanings[machine.condition]} />
        <span className="pb-board__name">{machine.name}</span>
        <span className="pf-v6-u-screen-reader">{nodeMeanings[machine.condition].word}</span>
        <span className="pb-subtle">{hardwareWords(machine).join(' · ')}</span>
      </button>
    </li>
  );
}

type RoleDropProps = {
  role: BoardRole;
  proposal: ProposalEditView;
  draft: ProposalBody;
  chosen: Machine[];
  dragged: Machine[];
  byName: (name: string) => Machine | undefined;
  give: (role: BoardRole, ids: Iterable<string>) => void;
  change: RoleBoardProps['change'];
};

function RoleDrop({ role, proposal, draft, chosen, dragged, byName, give, change }: RoleDropProps) {
  const element = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  const selector = draft.roles[role.name];
  const names = namesIn(selector);
  const verdict = dragged.length > 0 ? verdictOn(role, dragged, draft.roles, proposal.deployment) : undefined;
  const forChosen = verdictOn(role, chosen, draft.roles, proposal.deployment);
  const latest = useRef({ role, draft, give, deployment: proposal.deployment, byName });
  latest.current = { role, draft, give, deployment: proposal.deployment, byName };
  useEffect(
    () =>
      dropTargetForElements({
        element: element.current!,
        canDrop: ({ source }) => source.data['kind'] === DRAGGED,
        onDragEnter: () => setOver(true),
        onDragLeave: () => setOver(false),
        onDrop: ({ source }) => {
          setOver(false);
          const { role: onto, draft: into, give: put, deployment } = latest.current;
          const ids = source.data['ids'] as string[];
          const carried = ids.flatMap((id) => latest.current.byName(id) ?? []);
          if (verdictOn(onto, carried, into.roles, deployment).allowed) put(onto, ids);
        },
      }),
    [],
  );
  const look = verdict ? (verdict.allowed ? (over ? 'pb-board__role--over' : 'pb-board__role--takes') : 'pb-board__role--refuses') : '';
  const broken = isNamed(selector) && (selector !== undefined || !role.implicit) ? limitsOf(role, names.length) : [];
  return (
    <Card ref={element} isCompact component="section" aria-label={`Role ${role.name}`} className={`pb-board__role ${look}`}>
      <CardBody className="pb-section">
        <div className="pb-section__head">
          <Title headingLevel="h3" size="md">
            {role.name}
          </Title>
          <span className="pb-subtle">{limitsText(role)}</span>
          <div className="pb-section__tools">
            <Button
              variant="secondary"
              size="sm"
              isDisabled={!forChosen.allowed}
              onClick={() =>
                give(
                  role,
                  chosen.map(({ id }) => id),
                )
              }
            >
              Give to {counted(chosen.length, 'chosen machine', 'chosen machines')}
              <span className="pf-v6-u-screen-reader"> {role.name}</span>
            </Button>
          </div>
        </div>
        <p className="pb-subtle">{role.summary}</p>
        {/* Of one height, so that roles do not move under what is dragged. */}
        <p className="pb-board__verdict" role={verdict || chosen.length ? 'status' : undefined}>
          {verdict
            ? sentence(verdict.says, verdict.allowed ? 'Takes them.' : 'Has them already.')
            : chosen.length > 0
              ? sentence(forChosen.says, forChosen.allowed ? '' : 'Has them already.')
              : sentence(broken, '')}
        </p>
        {isNamed(selector) ? (
          <LabelGroup aria-label={`Machines of ${role.name}`} numLabels={24}>
            {names.map((name, index) => (
              <Label
                key={name}
                isCompact
                variant="outline"
                color={byName(name) ? 'blue' : 'red'}
                onClose={() => change(names.length > 1 ? ['roles', role.name, index] : ['roles', role.name], undefined)}
                closeBtnAriaLabel={`Take ${role.name} off ${name}`}
              >
                {name}
              </Label>
            ))}
          </LabelGroup>
        ) : (
          <Rule role={role} selector={selector} change={change} />
        )}
        {isNamed(selector) && names.length === 0 && (
          <p className="pb-subtle">
            {role.implicit ? 'On every machine of the deployment by itself.' : 'On no machine.'}{' '}
            <Button variant="link" isInline onClick={() => change(['roles', role.name], { count: role.nodes.min ?? 1 })}>
              Choose by a rule<span className="pf-v6-u-screen-reader"> for {role.name}</span>
            </Button>
          </p>
        )}
      </CardBody>
    </Card>
  );
}

const sentence = (says: readonly string[], otherwise: string): ReactNode => (says.length ? `${says.join('; ')}.` : otherwise || '\u00a0');

type RuleProps = { role: BoardRole; selector: Exclude<NodeSelector, string[]>; change: RoleBoardProps['change'] };

/** So many machines of a pool that fit a condition, chosen by the planner. */
function Rule({ role, selector, change }: RuleProps) {
  const machines = useMachines();
  const pools = [...new Set(machines.data?.list.filter((machine) => machine.approved && !machine.local).map((machine) => machine.pool))].sort();
  const id = `rule-${role.name}`;
  const path = ['roles', role.name];
  return (
    <div className="pb-board__rule">
      <FormGroup label="How many" fieldId={`${id}-count`}>
        <TextInput
          id={`${id}-count`}
          value={String(selector.count ?? 'all')}
          onChange={(_, text) =>
            change([...path, 'count'], /^\d+$/.test(text.trim()) ? Number(text) : text.trim() === 'all' || text === '' ? 'all' : text.trim())
          }
        />
      </FormGroup>
      <FormGroup label="Pool" fieldId={`${id}-pool`}>
        <FormSelect id={`${id}-pool`} value={selector.pool ?? ''} onChange={(_, pool) => change([...path, 'pool'], pool || undefined)}>
          <FormSelectOption value="" label="Any" />
          {pools.map((pool) => (
            <FormSelectOption key={pool} value={pool} label={pool} />
          ))}
        </FormSelect>
      </FormGroup>
      <FormGroup label="With" fieldId={`${id}-where`}>
        <TextInput
          id={`${id}-where`}
          value={selector.where ?? ''}
          placeholder="memory >= 64GiB and disks.ssd >= 2"
          spellCheck={false}
          onChange={(_, where) => change([...path, 'where'], where || undefined)}
        />
      </FormGroup>
      <Button variant="link" isInline onClick={() => change(path, undefined)}>
        Name machines instead
      </Button>
    </div>
  );
}
