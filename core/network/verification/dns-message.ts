// The two DNS messages that asking a name server takes: a question, and the answer to it. Answers come from anywhere, and are held against the
// question before anything in them counts.

import { isIPv4 } from 'node:net';
import { decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';

export type Question = { name: string; type: 'A' | 'NS' };
/** `code`: as the server says it (RFC 1035, 4.1.1), 0 where the name is known. `addresses`: of the answer, where addresses were asked for. */
export type DnsAnswer = { code: number; addresses: string[] };

const CODE = 0x000f;

export const dnsQuestion = (id: number, question: Question): Buffer => encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [question] });

/** Undefined for whatever does not answer this question. */
export function readDnsAnswer(message: Buffer, id: number, { name, type }: Question): DnsAnswer | undefined {
  const read = decoded(message);
  if (read?.type !== 'response' || read.id !== id) return undefined;
  const [said] = read.questions ?? [];
  // Some that refuse leave the question out.
  if (said && (said.type !== type || said.name.toLowerCase() !== (name || '.').toLowerCase())) return undefined;
  // Of an answer that was cut short the library makes an address that is none.
  const addresses = (read.answers ?? []).flatMap((answer) => (said && type === 'A' && answer.type === 'A' && isIPv4(answer.data) ? [answer.data] : []));
  return { code: message.readUInt16BE(2) & CODE, addresses };
}

function decoded(message: Buffer): Packet | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}
