// Sends a file to a route that takes one as it is. By XMLHttpRequest, for fetch does not tell how much has been sent.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Query, Response as Answer, RouteName, Routes } from '../../../core/api/contract.ts';
import { nobodyAnswers, refusedWith, urlOf } from './client.ts';

type Taking = { [N in RouteName]: Routes[N] extends { file: string } ? N : never }[RouteName];

/** `progress` is told bytes; rejects with Refused. */
function send<N extends Taking>(name: N, query: Query<N>, file: Blob, progress: (sent: number) => void, signal: AbortSignal): Promise<Answer<N>> {
  const [method, path] = name.split(' ') as [string, string];
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, urlOf(path, {}, query));
    request.setRequestHeader('accept', 'application/json, application/problem+json');
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText) as Answer<N>);
      else reject(refusedWith(request.status, request.responseText));
    };
    request.onerror = () => reject(nobodyAnswers());
    request.onabort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

/** As `useAct`, with how many bytes are there already. What still goes on when the page no longer asks for it is ended. */
export function useUpload<N extends Taking>(name: N) {
  const client = useQueryClient();
  const [sent, setSent] = useState(0);
  const ending = useRef<AbortController>(undefined);
  const stop = () => ending.current?.abort();
  useEffect(() => stop, []);
  const upload = useMutation<Answer<N>, Error, { query: Query<N>; file: Blob }>({
    mutationFn: ({ query, file }) => {
      setSent(0);
      ending.current = new AbortController();
      return send(name, query, file, setSent, ending.current.signal);
    },
    onSettled: () => void client.invalidateQueries(),
  });
  return { ...upload, sent, stop };
}
