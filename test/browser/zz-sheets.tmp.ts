import { chromium } from 'playwright-core';
import { readdirSync, writeFileSync } from 'node:fs';
const dir = process.argv[2]!,
  out = process.argv[3]!,
  kind = process.argv[4]!;
const skip = new Set((process.argv[5] ?? '').split(','));
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files'] });
const files = readdirSync(dir)
  .filter((f) => f.endsWith(`-${kind}.png`) && !skip.has(f))
  .sort();
const [per, w] = kind === 'phone' ? [8, 240] : [4, 960];
const page = await b.newPage({ viewport: { width: 1950, height: kind === 'phone' ? 560 : 1240 } });
for (let i = 0; i < files.length; i += per) {
  const html = `<body style="margin:4px;font:12px sans-serif;display:flex;flex-wrap:wrap;gap:4px">${files
    .slice(i, i + per)
    .map((f) => `<div>${f}<br><img width=${w} src="file://${dir}/${f}"></div>`)
    .join('')}</body>`;
  writeFileSync(`${out}/s.html`, html);
  await page.goto(`file://${out}/s.html`);
  await page.screenshot({ path: `${out}/${kind}-${i / per}.png`, fullPage: true });
}
console.log(files.length);
await b.close();
