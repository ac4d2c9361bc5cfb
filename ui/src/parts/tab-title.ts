// Names the browser's tab. A failure shows there too, so that it is seen while another tab is in front.

import { useEffect } from 'react';
import { useAnswer } from '../api/queries.ts';

export function useTabTitle(title: string): void {
  const failed = useAnswer('GET /status', {}).data?.totals.failed ?? 0;
  useEffect(() => {
    document.title = `${failed > 0 ? `(${failed} failed) ` : ''}${title} · Prybar`;
  }, [title, failed]);
}
