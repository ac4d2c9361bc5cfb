// The deployments in which proposals stand, each a link to its proposal.

import { Link } from 'react-router';

/** `ids`: `<deployment>.<barclamp>`; neither part has a dot in it. */
export function ProposalLinks({ ids }: { ids: string[] }) {
  if (ids.length === 0) return <span className="pb-subtle">no deployment</span>;
  return ids.map((id, index) => (
    <span key={id}>
      {index > 0 && ', '}
      <Link to={`/deployments/${id.replace('.', '/')}`}>{id.split('.')[0]}</Link>
    </span>
  ));
}
