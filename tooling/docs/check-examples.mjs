// Type-checks every TypeScript example of the documentation that is a whole program (it imports something) against the packages' sources, and checks that every
// relative link of it leads somewhere.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const inDocs = readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join('docs', name));
const inMembers = ['packages', 'apps', 'examples'].flatMap((folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder)).map((name) => join(folder, name, 'README.md'))
    : [],
);
const pages = [...readdirSync(root), ...inDocs, ...inMembers].filter(
  (name) => name.endsWith('.md') && existsSync(join(root, name)),
);

// In here, so that imports are resolved from this package; of its own, so that two checks do not meet.
const examples = mkdtempSync(join(here, '.examples-'));
const origin = new Map();
const broken = [];
for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [block, code] of text.matchAll(/^```ts\n([^]*?)^```/gm)) {
    if (!/^import /m.test(code)) continue;
    const line = text.slice(0, text.indexOf(block)).split('\n').length;
    const file = `${page.replaceAll(/[\\/.]/g, '-')}-${line}.ts`;
    writeFileSync(join(examples, file), `${code}\nexport {};\n`);
    origin.set(file, `${page}:${line}`);
  }
  for (const [, target] of text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:|^#/.test(target)) continue;
    const path = resolve(root, dirname(page), target.split('#', 1)[0]);
    if (!existsSync(path))
      broken.push(`${page}: the link to ${target} leads nowhere (${relative(root, path)})`);
  }
}
writeFileSync(
  join(examples, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../tsconfig/library.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ['*.ts'],
  }),
);
let failed = broken.length > 0;
for (const sentence of broken) console.error(sentence);
try {
  execFileSync(
    process.execPath,
    [fileURLToPath(import.meta.resolve('typescript/lib/tsc.js')), '-p', examples],
    {
      cwd: examples,
      encoding: 'utf8',
    },
  );
} catch (error) {
  failed = true;
  // The example's first line stands one line below the fence.
  console.error(
    error.stdout.replaceAll(
      /^([\w-]+\.ts)\((\d+),/gm,
      (_, file, line) => `${origin.get(file)} line ${line} (column `,
    ),
  );
}
rmSync(examples, { recursive: true });
console.log(`${origin.size} examples and the links of ${pages.length} pages checked`);
process.exitCode = failed ? 1 : 0;
