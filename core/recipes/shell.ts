// How values and texts are written into sh programs. Every value passes through `quote`, whoever wrote it.

/** A piece of sh code that is already written as it must be. */
export type Code = { code: string };
export const code = (text: string): Code => ({ code: text });

/** One sh word that stands for exactly this text. Plain words stay as they are, so that programs read well. */
export function quote(value: string): string {
  if (value.includes('\0')) throw new Error('sh cannot hold a NUL byte: check values before they are quoted');
  return /^[A-Za-z0-9_+:,./@%-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

export type ShellValue = string | number | boolean | readonly string[] | Code | undefined;

/** sh code with each value in it quoted; a list becomes several words, an absent value the empty word. */
export function sh(parts: TemplateStringsArray, ...values: ShellValue[]): string {
  return parts.reduce((text, part, i) => text + word(values[i - 1]) + part);
}

function word(value: ShellValue): string {
  if (value === undefined) return "''";
  if (typeof value === 'object') return 'code' in value ? value.code : value.map(quote).join(' ');
  return quote(String(value));
}

/** `command` with exactly these bytes on its standard input: readable where they are text, and never in the process list. */
export function feed(command: string, content: string | Buffer): string {
  const bytes = Buffer.from(content as string);
  const text = bytes.toString('utf8');
  if (text === '') return `${command} </dev/null`;
  if (!Buffer.from(text).equals(bytes) || unprintable.test(text)) return hereDocument('base64 -d', inLines(bytes.toString('base64')), `| ${command}`);
  if (text.endsWith('\n')) return hereDocument(command, text);
  return `printf %s ${quote(text)} | ${command}`;
}

/** `command` with sh code to be run on its descriptor 3, where the code cannot be taken for the input of what it runs. */
export function feedCode(command: string, text: string): string {
  return hereDocument(`${command} 3`, text.endsWith('\n') ? text : `${text}\n`);
}

// What an editor or a terminal does not show as it is, so that a person reading the program would miss it.
const unprintable = /[\0-\x08\x0b-\x1f\x7f]/;

function hereDocument(command: string, text: string, rest = ''): string {
  let mark = 'END';
  for (let n = 2; `\n${text}`.includes(`\n${mark}\n`); n++) mark = `END_${n}`;
  return `${command}${command.endsWith(' 3') ? '' : ' '}<<'${mark}'${rest && ` ${rest}`}\n${text}${mark}`;
}

const inLines = (base64: string): string => `${base64.match(/.{1,76}/g)!.join('\n')}\n`;

export const shellFunction = (name: string, body: string): string => `${name}() {\n${indent(body)}\n}`;

/** Two blanks before each line that begins outside quotes and here-documents. */
function indent(code: string): string {
  let endMark: string | undefined;
  let inQuotes = false;
  return code
    .split('\n')
    .map((line) => {
      if (endMark !== undefined) {
        if (line === endMark) endMark = undefined;
        return line;
      }
      const shown = inQuotes || line === '' ? line : `  ${line}`;
      inQuotes = quotesOpenAfter(line, inQuotes);
      if (!inQuotes) endMark = /<<'(END(?:_\d+)?)'/.exec(line)?.[1];
      return shown;
    })
    .join('\n');
}

// Only single quotes span lines in the code that resources write.
function quotesOpenAfter(line: string, open: boolean): boolean {
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "'") open = !open;
    else if (line[i] === '\\' && !open) i++;
  }
  return open;
}
