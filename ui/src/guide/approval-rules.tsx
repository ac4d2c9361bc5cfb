// Which machines are let in without a person: the rules there are, and the first one, chosen in a form.

import { Button, FormGroup, Radio } from '@patternfly/react-core';
import { useState } from 'react';
import { useAct, useAnswer } from '../api/queries.ts';
import { isName, LineField, NameField, namesIn } from '../parts/fields.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { ProblemList, Refusal } from '../parts/problem-list.tsx';
import { ruleText } from './steps.ts';
import { Offer } from '../parts/offer.tsx';

export function ApprovalRules() {
  const rules = useAnswer('GET /approval-rules', {});
  const remove = useAct('DELETE /approval-rules/:id');
  const [adding, setAdding] = useState(false);
  if (!rules.data) return null;
  return (
    <>
      {rules.data.length > 0 && (
        <ul className="pb-guide__list" aria-label="Approval rules">
          {rules.data.map((rule) => (
            <li key={rule.id}>
              {ruleText(rule)}{' '}
              <Offer act="DELETE /approval-rules/:id">
                <Button
                  variant="link"
                  isInline
                  isDisabled={remove.isPending}
                  aria-label={`Drop the rule ${rule.id}`}
                  onClick={() => remove.mutate({ params: { id: rule.id } })}
                >
                  Drop
                </Button>
              </Offer>
            </li>
          ))}
        </ul>
      )}
      <Refusal error={remove.error} />
      <div className="pb-actions">
        <Offer act="PUT /approval-rules/:id">
          <Button variant={rules.data.length ? 'link' : 'secondary'} isInline={rules.data.length > 0} size="sm" onClick={() => setAdding(true)}>
            {rules.data.length ? 'Another rule…' : 'Let machines in by a rule…'}
          </Button>
        </Offer>
        {!rules.data.length && <span className="pb-subtle">or do nothing here, and approve each machine when it appears</span>}
      </div>
      {adding && <AddDialog taken={rules.data.map(({ id }) => id)} close={() => setAdding(false)} />}
    </>
  );
}

type Which = 'anyone' | 'serials' | 'mac';
const macPrefix = /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){0,5}$/;

function AddDialog({ taken, close }: { taken: string[]; close: () => void }) {
  const [which, setWhich] = useState<Which>('serials');
  const [serials, setSerials] = useState('');
  const [mac, setMac] = useState('');
  const [pool, setPool] = useState('default');
  const [prefix, setPrefix] = useState('n');
  const put = useAct('PUT /approval-rules/:id');
  const said = which === 'anyone' || (which === 'serials' ? namesIn(serials).length > 0 : macPrefix.test(mac));
  const act = () => {
    let number = 1;
    while (taken.includes(`rule-${number}`)) number++;
    const what = which === 'anyone' ? { anyone: true } : which === 'serials' ? { serials: namesIn(serials) } : { macPrefix: mac };
    put.mutate(
      { params: { id: `rule-${number}` }, body: { ...what, pool, namePrefix: prefix } },
      { onSuccess: ({ problems }) => problems.length === 0 && close() },
    );
  };
  const radio = (id: Which, label: string, description: string) => (
    <Radio id={`rule-${id}`} name="rule" label={label} description={description} isChecked={which === id} onChange={() => setWhich(id)} />
  );
  return (
    <FormDialog
      title="Let machines in by a rule"
      description="Machines that fit it get a name, an address and a pool as soon as they have reported themselves; those that wait already, at once."
      act="Keep the rule"
      complete={said && isName(pool) && isName(prefix)}
      pending={put.isPending}
      error={put.error}
      onAct={act}
      close={close}
    >
      <FormGroup role="radiogroup" label="Which machines" fieldId="rule" isStack>
        {radio('serials', 'By serial number', 'For machines whose delivery note you have.')}
        {radio('mac', 'By the beginning of a MAC', 'For machines of one maker.')}
        {radio('anyone', 'Every machine', 'Whoever plugs one in gets what your deployments give to its pool. For a rack that nobody else reaches.')}
      </FormGroup>
      {which === 'serials' && (
        <LineField
          id="rule-serial-text"
          label="Serial numbers"
          value={serials}
          change={setSerials}
          help="Several with spaces between them; * stands for any text, as 7CZ*."
          required
        />
      )}
      {which === 'mac' && (
        <LineField
          id="rule-mac-text"
          label="MAC begins with"
          value={mac}
          change={(text) => setMac(text.trim())}
          valid={mac === '' || macPrefix.test(mac)}
          help="As 3c:ec:ef."
          required
        />
      )}
      <NameField id="rule-pool" label="Pool" value={pool} change={setPool} help="Deployments take their machines from pools." />
      <NameField id="rule-prefix" label="Names begin with" value={prefix} change={setPrefix} help="A number follows: n1, n2 and so on." />
      {put.data && <ProblemList problems={put.data.problems} />}
    </FormDialog>
  );
}
