// The two DNS messages that asking a name server takes: a question, and the answer to it. RFC 1035. Pure; answers come from anywhere.

export type Question = { name: string; type: 'A' | 'NS' };
/** `code`: as the server says it (RFC 1035, 4.1.1), 0 where the name is known. `addresses`: of the answer, where addresses were asked for. */
export type DnsAnswer = { code: number; addresses: string[] };

const types = { A: 1, NS: 2 } as const;
const IN = 1;
const ANSWERS = 0x8000;
const WANTS_RECURSION = 0x0100;
const HEADER = 12;

export function dnsQuestion(id: number, { name, type }: Question): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(WANTS_RECURSION, 2);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, asked(name, type)]);
}

function asked(name: string, type: Question['type']): Buffer {
  const labels = name.split('.').filter(Boolean);
  const ending = Buffer.alloc(4);
  ending.writeUInt16BE(types[type], 0);
  ending.writeUInt16BE(IN, 2);
  return Buffer.concat([...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])), Buffer.from([0]), ending]);
}

/** Undefined for whatever does not answer this question. */
export function readDnsAnswer(message: Buffer, id: number, question: Question): DnsAnswer | undefined {
  if (message.length < HEADER || message.readUInt16BE(0) !== id || !(message.readUInt16BE(2) & ANSWERS)) return undefined;
  const said = asked(question.name, question.type);
  // Some that refuse leave the question out.
  if (
    message.readUInt16BE(4) === 1 &&
    message
      .subarray(HEADER, HEADER + said.length)
      .toString('latin1')
      .toLowerCase() !== said.toString('latin1').toLowerCase()
  )
    return undefined;
  const code = message.readUInt16BE(2) & 0x000f;
  if (message.readUInt16BE(4) !== 1) return { code, addresses: [] };
  const addresses: string[] = [];
  let at = HEADER + said.length;
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    const after = endOfName(message, at);
    if (after === undefined || after + 10 > message.length) break;
    const length = message.readUInt16BE(after + 8);
    const data = message.subarray(after + 10, after + 10 + length);
    if (message.readUInt16BE(after) === types.A && question.type === 'A' && data.length === 4) addresses.push(data.join('.'));
    at = after + 10 + length;
  }
  return { code, addresses };
}

/** Where a name ends that may end in a pointer (RFC 1035, 4.1.4). */
function endOfName(message: Buffer, from: number): number | undefined {
  let at = from;
  while (at < message.length) {
    const length = message[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
  return undefined;
}
