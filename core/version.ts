// The version of this Prybar, from package.json: what barclamps compare their `needs` with.

import { readFileSync } from 'node:fs';
import path from 'node:path';

export const version = (JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { version: string }).version;
