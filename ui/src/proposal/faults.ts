// What is wrong with a draft while it is being written, as the admin node sees it: asked at every pause, the last answer shown until the next.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Problem } from '../../../core/model/problem.ts';
import type { ProposalBody } from '../../../core/model/proposal.ts';
import { call } from '../api/client.ts';

const pauseMs = 400;
const none: Problem[] = [];

export function useFaults(id: string, draft: ProposalBody | undefined): Problem[] {
  const text = draft && JSON.stringify(draft);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery({
    queryKey: ['faults', id, asked],
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => call('POST /proposals/:id/validate', { params: { id }, body: { draft: JSON.parse(asked!) as ProposalBody } }, signal),
  });
  return (draft && query.data) ?? none;
}
