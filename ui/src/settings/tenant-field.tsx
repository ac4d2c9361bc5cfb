// Whose something is: one of the tenants, or the site.

import { FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useAnswer } from '../api/queries.ts';

/** An empty value stands for the site. */
export function TenantField({ id, label, site, value, change }: { id: string; label: string; site: string; value: string; change: (tenant: string) => void }) {
  const tenants = useAnswer('GET /tenants', {});
  return (
    <FormGroup label={label} fieldId={id}>
      <FormSelect id={id} value={value} onChange={(_, tenant) => change(tenant)}>
        <FormSelectOption value="" label={site} />
        {tenants.data?.map(({ name, summary }) => (
          <FormSelectOption key={name} value={name} label={summary ? `${name}: ${summary}` : name} />
        ))}
      </FormSelect>
    </FormGroup>
  );
}
